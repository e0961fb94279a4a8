// Turns of reading by themselves, on a clock that the test moves: what a socket brings is sliced, and who costs much waits.

import test from 'ava'
import { createReadTurns, type ReadableConnection } from '../../src/network/read-turns.ts'

const KiB = 1_024

/** Time passes only by work, and turns only when `turn` is called. */
const createLoop = () => {
  let now = 0
  const later: (() => void)[] = []
  const turns = createReadTurns({ sliceMs: 6, nowMs: () => now, onNextTurn: (work) => later.push(work) })
  /** A connection on which a kibibyte costs so long. */
  const connect = (msPerKiB: number) => {
    const log: string[] = []
    const connection = {
      status: 'open',
      readStatus: 'readable',
      maxReadBufferLength: 256 * KiB,
      bytes: 0,
      largest: 0,
      log,
      onData(data: { byteLength: number }) {
        this.bytes += data.byteLength
        this.largest = Math.max(this.largest, data.byteLength)
        now += (msPerKiB * data.byteLength) / KiB
      },
      sendPause: () => log.push('stop'),
      sendResume: () => log.push('go on'),
      abort: () => log.push('abort'),
    }
    turns.add(connection as unknown as ReadableConnection)
    return connection
  }
  return {
    connect,
    now: () => now,
    waiting: () => later.length,
    turn: () => {
      for (const work of later.splice(0)) work()
    },
  }
}

test('what is cheap is given on at once, and the socket is not stopped', (t) => {
  const { connect } = createLoop()
  const connection = connect(0.001)
  connection.onData(new Uint8Array(64 * KiB))
  t.is(connection.bytes, 64 * KiB)
  t.deepEqual(connection.log, [])
})

test('what is dear is given on over many turns, none much longer than a slice, and the socket waits', (t) => {
  const loop = createLoop()
  const connection = loop.connect(1)
  connection.onData(new Uint8Array(64 * KiB))
  t.deepEqual(connection.log, ['stop'])
  let longest = loop.now()
  for (let i = 0; i < 20 && connection.bytes < 64 * KiB; i++) {
    const before = loop.now()
    loop.turn()
    longest = Math.max(longest, loop.now() - before)
  }
  t.is(connection.bytes, 64 * KiB)
  t.true(longest <= 6 + 4, `${longest} ms`)
  t.deepEqual(connection.log, ['stop', 'go on'])
})

test('a connection whose reading throws is cut, and the others are read', (t) => {
  const { connect } = createLoop()
  const broken = connect(1)
  const good = connect(1)
  const turns = createReadTurns({ onNextTurn: () => {} })
  let given = 0
  const throwing = {
    ...broken,
    onData: () => {
      given++
      throw new Error('not a frame')
    },
  }
  const other = { ...good, onData: () => void given++ }
  for (const connection of [throwing, other]) turns.add(connection as unknown as ReadableConnection)
  ;(throwing.onData as (bytes: Uint8Array) => void)(new Uint8Array(64 * KiB))
  t.deepEqual(broken.log, ['abort'])
  t.is(given, 1)
  ;(other.onData as (bytes: Uint8Array) => void)(new Uint8Array(4 * KiB))
  t.is(given, 2)
})

test('bytes keep their order, also where more come while others wait', (t) => {
  const loop = createLoop()
  const order: number[] = []
  const connection = loop.connect(1)
  const turns = createReadTurns({ sliceMs: 6, nowMs: loop.now, onNextTurn: () => {} })
  const given = { ...connection, onData: (data: Uint8Array) => void order.push(data[0]!) }
  turns.add(given as unknown as ReadableConnection)
  for (let i = 0; i < 5; i++) given.onData(new Uint8Array(9 * KiB).fill(i))
  t.deepEqual(order, [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4])
})

test('connections share a turn by what they cost: the cheap one is done long before the dear ones', (t) => {
  const loop = createLoop()
  const dear = Array.from({ length: 8 }, () => loop.connect(1))
  const cheap = loop.connect(0.01)
  for (const connection of dear) connection.onData(new Uint8Array(64 * KiB))
  cheap.onData(new Uint8Array(64 * KiB))
  let turns = 0
  while (cheap.bytes < 64 * KiB && turns++ < 100) loop.turn()
  t.true(turns <= 12, `${turns} turns`)
  t.true(dear.every(({ bytes }) => bytes < 64 * KiB))
  while (dear.some(({ bytes }) => bytes < 64 * KiB) && turns++ < 1_000) loop.turn()
  t.true(turns < 1_000)
})

test('a paused connection gets nothing, spins nothing, and goes on when it is resumed', (t) => {
  const loop = createLoop()
  const connection = loop.connect(1)
  connection.onData(new Uint8Array(32 * KiB))
  const given = connection.bytes
  connection.readStatus = 'paused'
  loop.turn()
  loop.turn()
  t.is(connection.bytes, given)
  t.is(loop.waiting(), 0)
  connection.readStatus = 'readable'
  connection.sendResume()
  for (let i = 0; i < 10; i++) loop.turn()
  t.is(connection.bytes, 32 * KiB)
  t.deepEqual(connection.log, ['stop', 'go on'])
})

test('a connection that cannot be stopped is closed before it fills the memory', (t) => {
  const loop = createLoop()
  const connection = loop.connect(1)
  for (let i = 0; i < 10; i++) connection.onData(new Uint8Array(32 * KiB))
  t.true(connection.log.includes('abort'))
})

test('two layers of one connection, each in turns, stop and go on together', (t) => {
  let now = 0
  const later: (() => void)[] = []
  const turns = createReadTurns({ sliceMs: 6, nowMs: () => now, onNextTurn: (work) => later.push(work) })
  let reading = true
  let bytes = 0
  let pieces = 0
  const layer = (methods: Partial<ReadableConnection>) => ({
    status: 'open',
    readStatus: 'readable',
    maxReadBufferLength: 2 ** 20,
    abort() {},
    sendPause() {},
    sendResume() {},
    onData() {},
    ...methods,
  })
  const upper = layer({
    onData(data) {
      now += 0.2
      bytes += data.byteLength
    },
    // As Noise does with the socket below it, and libp2p's streams with what they read from.
    sendPause() {
      if (lower.readStatus === 'paused') return
      lower.readStatus = 'paused'
      lower.sendPause()
    },
    sendResume() {
      if (lower.readStatus === 'readable') return
      lower.readStatus = 'readable'
      lower.sendResume()
    },
  })
  const lower = layer({
    // A message that is not whole yet gives nothing: so the last piece of each read.
    onData(data) {
      now += 0.2
      if (++pieces % 16 !== 0) upper.onData(data)
    },
    sendPause() {
      reading = false
    },
    sendResume() {
      reading = true
    },
  })
  turns.add(lower)
  turns.add(upper)
  for (let read = 1; read <= 3; read++) {
    lower.onData(new Uint8Array(64 * KiB))
    for (let i = 0; i < 20; i++) for (const work of later.splice(0)) work()
    t.is(bytes, read * 60 * KiB)
    t.true(reading)
  }
})
