// Requests between two nodes of ours: each kind, each refusal, and limits at both ends.

import test, { type ExecutionContext } from 'ava'
import { WeftError } from '../../src/base/error.ts'
import type { Network } from '../../src/chain/ports.ts'
import {
  columnsRequest,
  createCounters,
  makeAnnouncement,
  makeCertificate,
  makeColumn,
  makeNode,
  makeProposal,
  makeStatus,
  makeTile,
  type NodeOptions,
  soon,
  until,
} from './support.ts'

const pair = async (server: NodeOptions, client: NodeOptions = {}) => {
  const answering = await makeNode(server)
  await answering.start()
  const asking = await makeNode({ bootnodes: [...answering.addresses()], ...client })
  await asking.start()
  await until(() => asking.peers().some((peer) => peer.id === answering.peerId), 'connected')
  return {
    answering,
    asking,
    peer: answering.peerId,
    stop: () => Promise.all([asking.stop(), answering.stop()]),
  }
}

test('each request comes back with what the handler gave', async (t) => {
  const { asking, peer, stop } = await pair({})
  t.teardown(stop)
  const { request } = asking
  const root = new Uint8Array(32).fill(4)
  t.deepEqual(await request.status(peer, { signal: soon() }), makeStatus())
  t.deepEqual(await request.headers(peer, { start: 5, count: 3 }, { signal: soon() }), [
    makeAnnouncement(5),
    makeAnnouncement(6),
    makeAnnouncement(7),
  ])
  t.deepEqual(await request.certificates(peer, { start: 1, count: 2 }, { signal: soon() }), [
    makeCertificate(1),
    makeCertificate(2),
  ])
  t.deepEqual(await request.proposals(peer, { roots: [root] }, { signal: soon() }), [makeProposal(4)])
  t.deepEqual(await request.columns(peer, { root, indices: [0, 127] }, { signal: soon() }), [
    makeColumn(0),
    makeColumn(127),
  ])
  t.deepEqual(await request.tiles(peer, { root, tiles: [{ band: 3, column: 77 }] }, { signal: soon() }), [
    makeTile(3, 77),
  ])
  const submission = { namespace: new Uint8Array(29), flags: 0, data: new Uint8Array(3_000_001), after: [] }
  t.deepEqual(await request.submit(peer, submission, { signal: soon() }), {
    code: 0,
    blobId: new Uint8Array(32).fill(3_000_001 % 256),
  })
})

test('128 columns of 64 rows, 17 MB, come through in order', async (t) => {
  const { asking, peer, stop } = await pair({
    streams: {
      async *columns({ indices }) {
        for (const index of indices) yield makeColumn(index, 1, 64)
      },
    },
  })
  t.teardown(stop)
  const indices = Array.from({ length: 128 }, (_, k) => k)
  const columns = await asking.request.columns(peer, columnsRequest(indices), { signal: soon(20_000) })
  t.deepEqual(
    columns.map(({ index }) => index),
    indices,
  )
  t.is(columns[127]!.cells[63]![2_047], (63 + 127) % 256)
})

test('an answer may end early, and an empty one is no error', async (t) => {
  const { asking, peer, stop } = await pair({
    streams: {
      async *headers() {
        yield makeAnnouncement(1)
      },
      async *columns() {},
    },
  })
  t.teardown(stop)
  t.is((await asking.request.headers(peer, { start: 1, count: 100 }, { signal: soon() })).length, 1)
  t.is((await asking.request.columns(peer, columnsRequest([1]), { signal: soon() })).length, 0)
})

for (const code of ['invalid-request', 'unavailable', 'rate-limited', 'pruned'] as const) {
  test(`a handler's ${code} reaches the asker by its code, and costs nobody score`, async (t) => {
    const { asking, answering, peer, stop } = await pair({
      streams: {
        async *headers() {
          yield makeAnnouncement(1)
          throw new WeftError(code, 'as the test wants it', {})
        },
      },
    })
    t.teardown(stop)
    const error = await t.throwsAsync(
      asking.request.headers(peer, { start: 1, count: 2 }, { signal: soon() }),
      {
        instanceOf: WeftError,
      },
    )
    t.is((error as WeftError).code, code)
    t.is(asking.points(peer), 0)
    t.is(answering.points(asking.peerId), 0)
  })
}

test('a handler that fails is told as server-error', async (t) => {
  const { asking, peer, stop } = await pair({
    streams: { submit: () => Promise.reject(new Error('disk full')) },
  })
  t.teardown(stop)
  const submission = { namespace: new Uint8Array(29), flags: 0, data: Uint8Array.of(1), after: [] }
  await t.throwsAsync(asking.request.submit(peer, submission, { signal: soon() }), { code: 'server-error' })
})

test('a range above 128 heights is refused by the asker itself, with an empty answer', async (t) => {
  const { asking, answering, peer, stop } = await pair({})
  t.teardown(stop)
  t.deepEqual(await asking.request.headers(peer, { start: 0, count: 129 }, { signal: soon() }), [])
  t.is(answering.points(asking.peerId), 0)
})

/** Asks until it is not told `rate-limited` any more. */
const answerInTheEnd = async (t: ExecutionContext, asking: Pick<Network, 'request'>, peer: string) => {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const answer = await asking.request
      .certificates(peer, { start: 0, count: 1 }, { signal: soon() })
      .catch((error) => void t.is(error.code, 'rate-limited'))
    if (answer !== undefined) return answer
  }
}

test('the asker’s signal ends a request whose handler hangs, and the server’s deadline frees its place', async (t) => {
  const { asking, peer, stop } = await pair({
    limits: { answerTimeoutMs: 1_500, inboundRequestsPerPeer: 1 },
    streams: {
      headers: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }),
    },
  })
  t.teardown(stop)
  await t.throwsAsync(asking.request.headers(peer, { start: 0, count: 1 }, { signal: soon(150) }), {
    code: 'aborted',
  })
  t.is((await answerInTheEnd(t, asking, peer)).length, 1)
})

test('above its rate a peer is told rate-limited, and answered again later', async (t) => {
  const { asking, peer, stop } = await pair(
    {
      limits: { requestsPerSecondPerPeer: 1, requestsBurstPerPeer: 5, statusIntervalMs: 60_000 },
    },
    { limits: { statusIntervalMs: 60_000 } },
  )
  t.teardown(stop)
  const outcomes = await Promise.allSettled(
    Array.from({ length: 16 }, () =>
      asking.request.certificates(peer, { start: 0, count: 1 }, { signal: soon() }),
    ),
  )
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  t.true(refused.length >= 2 && refused.length < 16, `${refused.length} refused`)
  t.true(refused.every(({ reason }) => reason.code === 'rate-limited'))
  t.is((await answerInTheEnd(t, asking, peer)).length, 1)
})

test('answers keep to the bytes per second of a peer', async (t) => {
  const { asking, peer, stop } = await pair({
    limits: { answerBytesPerSecondPerPeer: 500_000, answerBytesBurstPerPeer: 200_000 },
    streams: {
      async *columns({ indices }) {
        for (const index of indices) yield makeColumn(index, 1, 24)
      },
    },
  })
  t.teardown(stop)
  const startMs = performance.now()
  // 10 columns of 49 KB: 200 KB at once, 290 KB in 0.58 s.
  const columns = await asking.request.columns(peer, columnsRequest([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), {
    signal: soon(),
  })
  t.is(columns.length, 10)
  t.true(performance.now() - startMs > 450)
})

test('own requests to one peer take turns, so that an honest asker stays below the other’s limit', async (t) => {
  let active = 0
  let most = 0
  const metrics = createCounters()
  const { asking, peer, stop } = await pair(
    {
      streams: {
        async *certificates() {
          active++
          most = Math.max(most, active)
          await new Promise((resolve) => setTimeout(resolve, 20))
          active--
          yield makeCertificate(1)
        },
      },
    },
    { metrics, limits: { outboundRequestsPerPeer: 3, outboundRequestsWaiting: 20 } },
  )
  t.teardown(stop)
  const outcomes = await Promise.allSettled(
    Array.from({ length: 30 }, () =>
      asking.request.certificates(peer, { start: 0, count: 1 }, { signal: soon() }),
    ),
  )
  t.true(most <= 3)
  const busy = outcomes.filter((outcome) => outcome.status === 'rejected')
  t.true(busy.every(({ reason }) => reason.code === 'busy'))
  t.is(outcomes.length - busy.length + metrics.total('weft_network_requests_total', { result: 'busy' }), 30)
  t.true(busy.length >= 5)
})

test('a peer that is not there is unreachable', async (t) => {
  const node = await makeNode()
  const other = await makeNode()
  t.teardown(() => node.stop())
  await t.throwsAsync(node.request.status(other.peerId, { signal: soon() }), { code: 'not-started' })
  await node.start()
  await t.throwsAsync(node.request.status(other.peerId, { signal: soon() }), { code: 'unreachable' })
  await t.throwsAsync(node.request.status('nonsense', { signal: soon() }), { code: 'unreachable' })
})
