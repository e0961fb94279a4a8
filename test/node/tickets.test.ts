// Publications by real nodes: one publication however often it is sent, order over several leaders, what survives a
// restart, and failures that say why.

import { join } from 'node:path'
import test from 'ava'
import { equal, toHex, utf8 } from '../../src/base/bytes.ts'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { chainOf } from '../../src/chain/chain.ts'
import { blobIdOf, namespaceOf } from '../../src/grid/blob.ts'
import { type BlobFlowComponents, createBlobFlow } from '../../src/node/blob-flow.ts'
import { createCandidates } from '../../src/node/candidates.ts'
import { createGivenUp } from '../../src/node/given-up.ts'
import { createMempool } from '../../src/node/mempool.ts'
import { createTickets } from '../../src/node/tickets.ts'
import { createWatchers } from '../../src/node/watchers.ts'
import { createStore } from '../../src/store/store.ts'
import { temporaryFolder, testChain, testFullNode, until } from './support.ts'

const namespace = namespaceOf(utf8('ordered'))
const { genesis } = await testChain(1)
const blobOf = (text: string) => ({ namespace, data: utf8(text), flags: 0 })

/** Tickets over a real store and mempool, without a network. */
const withTickets = async (
  work: (
    open: () => Promise<{
      tickets: ReturnType<typeof createTickets>
      store: ReturnType<typeof createStore>
      mempool: ReturnType<typeof createMempool>
      clock: { at: number }
      close(): Promise<void>
    }>,
  ) => Promise<void>,
) => {
  const folder = await temporaryFolder()
  const closes: (() => Promise<void>)[] = []
  try {
    await work(async () => {
      const store = createStore({ location: join(folder.path, 'db') }, { log: silent, metrics: noMetrics })
      await store.open()
      closes.push(() => store.close())
      const mempool = createMempool({ maxBytes: 1_000_000, maxRows: 4 }, { store, metrics: noMetrics })
      await mempool.load()
      const clock = { at: Date.now() }
      const tickets = createTickets(
        { expireMs: 10_000, keepMs: 1_000_000 },
        {
          store,
          mempool,
          candidates: createCandidates(),
          watchers: createWatchers(),
          clock: { now: () => clock.at },
        },
      )
      await tickets.reconcile()
      return { tickets, store, mempool, clock, close: () => store.close() }
    })
  } finally {
    for (const close of closes) await close()
    await folder.remove()
  }
}

/** What a node does with blobs, without leaders to bring them to. */
const flowOver = (parts: Pick<BlobFlowComponents, 'tickets' | 'mempool'>) =>
  createBlobFlow({ chain: chainOf(genesis), validator: undefined }, {
    ...parts,
    candidates: createCandidates(),
    givenUp: createGivenUp(),
    watchers: createWatchers(),
    height: () => 6,
    finalHeight: () => 5,
    onWaiting() {},
    onError(error: unknown) {
      throw error
    },
    log: silent,
  } as unknown as BlobFlowComponents)

test('publishing twice is one publication, at once and later, and its ticket survives a restart', async (t) => {
  await withTickets(async (open) => {
    const first = await open()
    const [a, b] = await Promise.all([
      first.tickets.submit(blobOf('x'), {}),
      first.tickets.submit(blobOf('x'), {}),
    ])
    t.deepEqual(a.blobId, blobIdOf(blobOf('x')))
    t.is([a, b].filter(({ isNew }) => isNew).length, 1)
    t.falsy((await first.tickets.submit(blobOf('x'), {})).isNew)
    await first.close()
    const second = await open()
    t.deepEqual(await second.tickets.ticketOf(a.blobId), { blobId: a.blobId, state: { state: 'accepted' } })
    const root = new Uint8Array(32).fill(7)
    const entry = { namespace, startCell: 0, length: 1, flags: 0, blobId: a.blobId }
    await second.store.putFinal(root, 5, [entry], 1_000)
    await second.tickets.onFinal(5, root, [entry])
    t.is((await second.store.getTicket(a.blobId))?.state, 'certified')
    t.is(second.mempool.size, 0)
    t.falsy((await second.tickets.submit(blobOf('x'), {})).isNew)
    t.is(second.mempool.size, 0)
    await second.close()
  })
})

test('a block that became final in the last moment before a crash ends the ticket at the next start', async (t) => {
  await withTickets(async (open) => {
    const first = await open()
    const { blobId } = await first.tickets.submit(blobOf('x'), {})
    await first.store.putFinal(
      new Uint8Array(32).fill(7),
      5,
      [{ namespace, startCell: 0, length: 1, flags: 0, blobId }],
      1,
    )
    await first.close()
    const second = await open()
    t.is(second.mempool.size, 0)
    t.is((await second.store.getTicket(blobId))?.state, 'certified')
    await second.close()
  })
})

test('a peer that brings a blob again in the moment when it becomes final does not keep its ticket open', async (t) => {
  await withTickets(async (open) => {
    const { tickets, store, mempool, clock, close } = await open()
    const { blobId } = await tickets.submit(blobOf('x'), {})
    const root = new Uint8Array(32).fill(7)
    const entry = { namespace, startCell: 0, length: 1, flags: 0, blobId }
    await store.putFinal(root, 5, [entry], 1_000)
    // What a peer brings is looked up in the index of final blocks, which knows it before the ticket is ended.
    const blobs = flowOver({ tickets, mempool, store } as never)
    await blobs.takeFromPeer(blobOf('x'), 'peer')
    await tickets.onFinal(5, root, [entry])
    t.is((await store.getTicket(blobId))?.state, 'certified')
    await store.putFinal(new Uint8Array(32).fill(8), 6, [], 2_000)
    await store.prune(clock.at)
    t.deepEqual(await tickets.stateOf(blobId), { state: 'certified', height: 5, root })
    await close()
  })
})

test('order has to be possible: unknown, failed and own predecessors are refused', async (t) => {
  await withTickets(async (open) => {
    const { tickets, close } = await open()
    const { blobId } = await tickets.submit(blobOf('a'), {})
    const refusal = (after: Uint8Array, text = 'b') =>
      t.throwsAsync(tickets.submit(blobOf(text), { after })) as Promise<unknown> as Promise<{ code: string }>
    t.is((await refusal(new Uint8Array(32))).code, 'predecessor-unknown')
    t.is((await refusal(blobIdOf(blobOf('b')))).code, 'predecessor-unknown')
    const { blobId: second } = await tickets.submit(blobOf('b'), { after: blobId })
    t.deepEqual((await tickets.ticketOf(second)).after, blobId)
    await tickets.fail(blobId, 'refused')
    t.deepEqual(await tickets.stateOf(blobId), { state: 'failed', code: 'refused' })
    t.deepEqual(await tickets.stateOf(second), { state: 'failed', code: 'predecessor-failed' })
    t.is((await refusal(blobId, 'c')).code, 'predecessor-failed')
    // Published again: it begins anew.
    t.true((await tickets.submit(blobOf('a'), {})).isNew)
    t.deepEqual(await tickets.stateOf(blobId), { state: 'accepted' })
    await close()
  })
})

test('a sequence goes on over a restart, and begins anew behind a failure', async (t) => {
  await withTickets(async (open) => {
    const first = await open()
    const one = await first.tickets.submit(blobOf('1'), { ordered: true })
    t.is(one.after, undefined)
    await first.close()
    const second = await open()
    const two = await second.tickets.submit(blobOf('2'), { ordered: true })
    t.deepEqual(two.after, one.blobId)
    // The same again is the same publication, not its own predecessor.
    t.deepEqual((await second.tickets.submit(blobOf('2'), { ordered: true })).after, one.blobId)
    const all = await Promise.all(
      ['3', '4', '5'].map((text) => second.tickets.submit(blobOf(text), { ordered: true })),
    )
    t.deepEqual(
      all.map(({ after }) => toHex(after!)),
      [two.blobId, all[0]!.blobId, all[1]!.blobId].map(toHex),
    )
    await second.tickets.fail(two.blobId, 'refused')
    t.deepEqual(await second.tickets.stateOf(all[2]!.blobId), { state: 'failed', code: 'predecessor-failed' })
    t.is((await second.tickets.submit(blobOf('6'), { ordered: true })).after, undefined)
    await second.close()
  })
})

test('what has waited too long is given up, says so, and is certified if a leader includes it all the same', async (t) => {
  await withTickets(async (open) => {
    const { tickets, store, mempool, clock, close } = await open()
    const { blobId } = await tickets.submit(blobOf('x'), {})
    await mempool.add(blobOf('from a peer'), 'peer')
    clock.at += 9_000
    await tickets.tidy()
    t.is(mempool.size, 2)
    clock.at += 2_000
    await tickets.tidy()
    t.is(mempool.size, 0)
    t.deepEqual(await tickets.stateOf(blobId), { state: 'failed', code: 'expired' })
    const root = new Uint8Array(32).fill(7)
    await store.putFinal(root, 5, [{ namespace, startCell: 0, length: 1, flags: 0, blobId }], 1_000)
    t.deepEqual(await tickets.stateOf(blobId), { state: 'certified', height: 5, root })
    await close()
  })
})

test('blobs in order are in order over several leaders, though one publisher sends them as fast as it can', async (t) => {
  t.timeout(240_000)
  const folder = await temporaryFolder()
  const chain = await testChain(3)
  const stops: (() => Promise<void>)[] = []
  const bootnodes: string[] = []
  const signal = AbortSignal.timeout(200_000)
  try {
    for (const [i, validator] of chain.validators.entries()) {
      const { node } = await testFullNode(chain, {
        dataDir: join(folder.path, `v${i}`),
        validator,
        bootnodes,
      })
      stops.push(() => node.stop())
      await node.start()
      bootnodes.push(...(await node.status()).addresses)
    }
    const { node } = await testFullNode(chain, { dataDir: join(folder.path, 'full'), bootnodes })
    stops.push(() => node.stop())
    await node.start()
    await until('the validators', 20_000, async () => (await node.status()).peers >= 3)

    const published: string[] = []
    for (let i = 0; i < 24; i++) {
      const { blobId, state } = await node.submit(blobOf(`batch ${i}`), { ordered: true })
      t.is(state.state, 'accepted')
      published.push(toHex(blobId))
      // Over more heights than one, without waiting for finality.
      if (i % 8 === 7) await node.waitFor(blobId, 'included', { signal })
    }
    const last = blobIdOf(blobOf('batch 23'))
    await node.waitFor(last, 'certified', { signal })
    const found: string[] = []
    const heights = new Set<number>()
    for await (const { height, own } of node.subscribe({ height: 1, namespace }, { signal })) {
      for (const { blobId } of own) {
        found.push(toHex(blobId))
        heights.add(height)
      }
      if (own.some(({ blobId }) => equal(blobId, last))) break
    }
    t.deepEqual(found, published)
    t.true(heights.size > 1)
    t.log(`${published.length} blobs in ${heights.size} blocks`)
  } finally {
    for (const stop of stops.reverse()) await stop()
    await folder.remove()
  }
})
