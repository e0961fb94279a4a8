// Bringing blobs to leaders: one that never answers holds up nobody else.

import test from 'ava'
import { utf8 } from '../../src/base/bytes.ts'
import { silent } from '../../src/base/log.ts'
import type { Network } from '../../src/chain/ports.ts'
import { blobIdOf, namespaceOf } from '../../src/grid/blob.ts'
import { createForwarder } from '../../src/node/forwarder.ts'
import { SUBMISSION_CODE } from '../../src/node/submission-code.ts'
import { until } from './support.ts'

test.serial('a leader that never answers holds up no other leader, and each gets a blob once', async (t) => {
  const blobs = Array.from({ length: 20 }, (_, i) => {
    const blob = { namespace: namespaceOf(utf8(`f${i}`)), data: new Uint8Array(10).fill(i), flags: 0 }
    return { ...blob, blobId: blobIdOf(blob), sinceMs: 0 }
  })
  const asked: string[] = []
  const forwarder = createForwarder({
    mempool: { all: () => blobs, openPredecessor: ({ after }) => after },
    onRefused: () => {},
    network: {
      peers: () => ['good', 'silent'].map((id) => ({ id, custody: new Set<number>(), isValidator: true })),
      request: {
        submit: async (peer, { namespace, flags, data }, { signal }) => {
          asked.push(peer)
          if (peer === 'silent')
            await new Promise((_, fail) => signal.addEventListener('abort', () => fail(signal.reason)))
          return { code: 0, blobId: blobIdOf({ namespace, flags, data }) }
        },
      } as Pick<Network['request'], 'submit'> as Network['request'],
    },
    comingLeaders: () => ['silent', 'good', 'not-connected'],
    log: silent,
  })
  forwarder.start()
  forwarder.poke()
  await until('all blobs at the good one', 3_000, () => asked.filter((peer) => peer === 'good').length >= 20)
  forwarder.poke()
  await new Promise((resolve) => setTimeout(resolve, 1_200))
  forwarder.stop()
  t.is(asked.filter((peer) => peer === 'good').length, 20)
  t.is(asked.filter((peer) => peer === 'silent').length, 1)
  t.false(asked.includes('not-connected'))
})

test.serial(
  'a leader without room is asked again after ten seconds, one that took a blob after a minute',
  async (t) => {
    const blob = { namespace: namespaceOf(utf8('full')), data: new Uint8Array(10), flags: 0 }
    const waiting = { ...blob, blobId: blobIdOf(blob), sinceMs: 0 }
    const asked: string[] = []
    const forwarder = createForwarder({
      mempool: { all: () => [waiting], openPredecessor: ({ after }) => after },
      onRefused: () => t.fail(),
      network: {
        peers: () => ['full', 'good'].map((id) => ({ id, custody: new Set<number>(), isValidator: true })),
        request: {
          submit: async (peer: string) => {
            asked.push(peer)
            return { code: peer === 'full' ? SUBMISSION_CODE.queueFull : 0, blobId: waiting.blobId }
          },
        } as unknown as Network['request'],
      },
      comingLeaders: () => ['full', 'good'],
      log: silent,
    })
    const { now } = Date
    let laterMs = 0
    Date.now = () => now() + laterMs
    t.teardown(() => {
      Date.now = now
      forwarder.stop()
    })
    const timesOf = (peer: string) => asked.filter((each) => each === peer).length
    forwarder.start()
    forwarder.poke()
    await until('both', 3_000, () => timesOf('full') === 1 && timesOf('good') === 1)
    laterMs = 5_000
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    t.deepEqual([timesOf('full'), timesOf('good')], [1, 1])
    laterMs = 12_000
    await until('the full one again', 3_000, () => timesOf('full') === 2)
    t.is(timesOf('good'), 1)
    laterMs = 65_000
    await until('the other one again', 3_000, () => timesOf('good') === 2)
  },
)
