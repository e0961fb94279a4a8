import test from 'ava'
import { createFairQueue } from '../../src/network/fair-queue.ts'
import { createWriteTurns } from '../../src/network/write-turns.ts'
import { createRawClient, joined, readAll, varint } from './raw-client.ts'
import { chainId, makeColumn, makeNode, until } from './support.ts'

/** A thread whose clock is turned by the work itself, and whose turns are taken by hand. */
const thread = () => {
  let now = 0
  const later: (() => void)[] = []
  const turns = createWriteTurns(
    createFairQueue({ sliceMs: 6, nowMs: () => now, onNextTurn: (callback) => later.push(callback) }),
  )
  return {
    turns,
    spend: (ms: number) => {
      now += ms
    },
    async turn() {
      for (const callback of later.splice(0)) callback()
      await Promise.resolve()
    },
  }
}

test('streams that write without a pause have one slice of a turn together, and no peer waits for another’s', async (t) => {
  const { turns, spend, turn } = thread()
  const written: string[] = []
  const stream = async (peer: string, name: string) => {
    const ownTurn = turns(peer)
    for (let i = 0; i < 10; i++)
      await ownTurn(() => {
        spend(1)
        written.push(name)
      })
  }
  const all = Promise.all([
    ...Array.from({ length: 16 }, (_, i) => stream('many', `many-${i}`)),
    stream('few', 'few'),
  ])
  await new Promise((resolve) => setImmediate(resolve))
  t.is(written.length, 6)
  const before = written.length
  for (let i = 0; i < 3; i++) {
    await turn()
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.is(written.length, before + 3 * 6)
  // Once a turn: what follows is only asked for when a piece is written.
  t.true(written.filter((name) => name === 'few').length >= 3)
  t.true(new Set(written).size > 12, 'the streams of a peer take turns too')
  for (let i = 0; i < 40; i++) {
    await turn()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await all
  t.is(written.length, 170)
})

test('what the work returns or throws comes to who waits for it, and others go on', async (t) => {
  const { turns } = thread()
  t.is(await turns('a')(() => 7), 7)
  await t.throwsAsync(
    turns('a')(() => {
      throw new RangeError('no')
    }),
    { instanceOf: RangeError, message: 'no' },
  )
  t.is(await turns('a')(() => 8), 8)
})

/** A column that takes its time to be serialised: SSZ looks at the cells for their size, and again for their bytes. */
const slowColumn = (index: number, onLook: () => void) => {
  const column = makeColumn(index)
  const { cells } = column
  return Object.defineProperty(column, 'cells', {
    enumerable: true,
    get() {
      onLook()
      const endMs = performance.now() + 2
      while (performance.now() < endMs);
      return cells
    },
  })
}

test('all columns of a block on 16 streams at once are serialised a slice a turn', async (t) => {
  const made = new Map<number, number>()
  let turn = 0
  let counting = true
  const count = () => {
    turn++
    if (counting) setImmediate(count)
  }
  count()
  const node = await makeNode({
    streams: {
      async *columns({ indices }) {
        for (const index of indices) yield slowColumn(index, () => made.set(turn, (made.get(turn) ?? 0) + 1))
      },
    },
  })
  await node.start()
  const raw = await createRawClient({ chainId })
  t.teardown(() => {
    counting = false
    return Promise.all([raw.stop(), node.stop()])
  })
  const connection = await raw.connect(node.addresses()[0]!)
  // What is opened before the other side is ready counts as early, and is reset.
  await until(() => node.peers().length === 1, 'connected')
  const indices = Array.from({ length: 8 }, (_, k) => k)
  const request = joined(new Uint8Array(32), [36, 0, 0, 0], indices)
  // Opened first: opening has a deadline, and what follows keeps the thread busy.
  const streams = await Promise.all(
    Array.from({ length: 16 }, () => connection.newStream(`/weft/${chainId}/columns/1`)),
  )
  const answers = await Promise.all(
    streams.map((stream) => {
      const answer = readAll(stream)
      stream.send(joined(varint(request.length), request))
      return answer
    }),
  )
  counting = false
  t.true(answers.every(({ bytes, reset }) => !reset && bytes.length > 8 * 2 * 2_048))
  // A slice of 6 ms holds two columns of 4 ms, each looked at twice; a turn is seen to begin anywhere between them.
  const most = Math.max(...made.values())
  t.true(most <= 8, `${most} looks in one turn`)
})
