// Making blocks final on a real database: far behind, cut short, and where the old blocks are gone everywhere.

import { join } from 'node:path'
import test from 'ava'
import { toHex } from '../../src/base/bytes.ts'
import { systemClock } from '../../src/base/clock.ts'
import { hasCode } from '../../src/base/error.ts'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { createBackfill } from '../../src/node/backfill.ts'
import { createEventHub } from '../../src/node/events.ts'
import { createFinalizer } from '../../src/node/finalizer.ts'
import { createStore, type NodeStore } from '../../src/store/store.ts'
import { createBlocks, type TestBlock, testEngine } from './blocks.ts'
import { temporaryFolder, testChain, until } from './support.ts'

const chain = await testChain(1)
const engine = testEngine(chain)
const blocks = createBlocks(chain, engine)
test.after.always(() => engine.close())

const chainOfBlocks = async (count: number, first = chain.genesis.timestamp + 1): Promise<TestBlock[]> => {
  const list: TestBlock[] = []
  for (let i = 0; i < count; i++) {
    const parent = list.at(-1)
    list.push(await blocks.block({ height: i + 1, timestamp: first + i, ...(parent && { parent }) }))
  }
  return list
}

const withStore = async (work: (store: NodeStore) => Promise<void>) => {
  const folder = await temporaryFolder()
  const store = createStore({ location: join(folder.path, 'db') }, { log: silent, metrics: noMetrics })
  await store.open()
  try {
    await work(store)
  } finally {
    await store.close()
    await folder.remove()
  }
}

const finalizerOf = (store: NodeStore, gives: (key: string) => TestBlock | undefined, retentionMs = 1e9) => {
  const finals: number[] = []
  const fetched: string[] = []
  const broken: unknown[] = []
  const finalizer = createFinalizer(
    { genesisRoot: blocks.chain.chainId, retentionMs },
    {
      store,
      fetchProposal: async (root) => {
        fetched.push(toHex(root))
        return gives(toHex(root))?.proposal
      },
      onBroken: (error) => void broken.push(error),
      onFinal: async (_root, { header }) => void finals.push(header.message.height),
      events: createEventHub(silent),
      clock: systemClock,
      log: silent,
      metrics: noMetrics,
    },
  )
  return { finalizer, finals, fetched, broken }
}

test('a node that is far behind makes every block final in order, and asks for each once over a restart', async (t) => {
  const list = await chainOfBlocks(40)
  const byRoot = new Map(list.map((block) => [toHex(block.root), block]))
  const tip = list.at(-1)!
  await withStore(async (store) => {
    // The first life ends half way down.
    const first = finalizerOf(store, (key) =>
      byRoot.get(key)!.header.height > 20 ? byRoot.get(key) : undefined,
    )
    first.finalizer.finalize({ height: 40, root: tip.root })
    await until('the way down', 10_000, () => first.fetched.length > 20)
    first.finalizer.stop()
    await first.finalizer.idle()
    t.is(await store.finalTip(), undefined)

    const second = finalizerOf(store, (key) => byRoot.get(key))
    second.finalizer.finalize({ height: 40, root: tip.root })
    await second.finalizer.idle()
    t.deepEqual(
      second.finals,
      list.map(({ header }) => header.height),
    )
    t.is(second.fetched.length, 20)
    t.deepEqual(await store.finalTip(), { height: 40, root: tip.root })

    // A target that comes as soon as the last one is reached is not forgotten.
    const next = await blocks.block({ height: 41, parent: tip })
    byRoot.set(toHex(next.root), next)
    second.finalizer.finalize({ height: 41, root: next.root })
    await second.finalizer.idle()
    t.is((await store.finalTip())?.height, 41)
  })
})

test('a final block that does not descend from the final tip stops the node instead of being tried for ever', async (t) => {
  const list = await chainOfBlocks(5)
  const fork = await blocks.block({ height: 6, parent: list[2]! })
  const byRoot = new Map([...list, fork].map((block) => [toHex(block.root), block]))
  await withStore(async (store) => {
    const { finalizer, broken } = finalizerOf(store, (key) => byRoot.get(key))
    finalizer.finalize({ height: 5, root: list[4]!.root })
    await finalizer.idle()
    finalizer.finalize({ height: 6, root: fork.root })
    await finalizer.idle()
    t.is(broken.length, 1)
    t.true(hasCode(broken[0], 'chain-broken'))
    t.deepEqual(await store.finalTip(), { height: 5, root: list[4]!.root })
  })
})

test('blocks that are past their retention and gone everywhere do not keep the later ones from being final', async (t) => {
  const now = Date.now()
  const old = await chainOfBlocks(6, now - 100_000)
  const byRoot = new Map(old.slice(3).map((block) => [toHex(block.root), block]))
  await withStore(async (store) => {
    const { finalizer, finals } = finalizerOf(store, (key) => byRoot.get(key), 10_000)
    finalizer.finalize({ height: 6, root: old[5]!.root })
    await finalizer.idle()
    t.deepEqual(finals, [4, 5, 6])
  })
  // Within the retention there is no such excuse: somebody has them.
  await withStore(async (store) => {
    const { finalizer, finals, fetched } = finalizerOf(store, (key) => byRoot.get(key), 1e9)
    finalizer.finalize({ height: 6, root: old[5]!.root })
    await until('some attempts', 10_000, () => fetched.length > 8)
    finalizer.stop()
    await finalizer.idle()
    t.deepEqual(finals, [])
  })
})

test('custody is filled one block after the other; one that cannot be had holds up nobody', async (t) => {
  const list = await chainOfBlocks(3, Date.now())
  const withRows = list.map((block) => ({
    ...block,
    proposal: {
      ...block.proposal,
      header: { ...block.proposal.header, message: { ...block.header, rowCount: 1 } },
    },
  }))
  const held = new Map<string, number>()
  const required: string[] = []
  const backfill = createBackfill(
    { custodyCount: 8, perBlockMs: 300, retentionMs: 1e9 },
    {
      store: {
        heldColumns: async (root) => Array.from({ length: held.get(toHex(root)) ?? 0 }, (_, i) => i),
      },
      assembler: {
        require(root) {
          required.push(toHex(root))
          if (toHex(root) !== toHex(withRows[0]!.root)) held.set(toHex(root), 8)
        },
      },
      clock: systemClock,
      log: silent,
    },
  )
  for (const { root, proposal } of withRows) backfill.add(root, proposal.header)
  await until('the other two', 2_000, () => held.size === 2)
  t.deepEqual(
    required.slice(0, 3),
    withRows.map(({ root }) => toHex(root)),
  )
  await until('another attempt', 3_000, () => required.length > 3)
  backfill.stop()
})
