// What a node gives of a block's columns, from a real database: its own, restored ones within a quota, never those of
// a block that turned out to be invalid. And what it publishes of its own block, reads back, and says of a blob.

import { join } from 'node:path'
import test from 'ava'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import type { Network, Peer } from '../../src/chain/ports.ts'
import { namespaceOf } from '../../src/grid/blob.ts'
import { blobStateOf } from '../../src/node/blob-state.ts'
import { candidatesDefaults, createCandidates } from '../../src/node/candidates.ts'
import { cellBytes, createCellBudget } from '../../src/node/cell-budget.ts'
import { createColumnSource } from '../../src/node/columns-of.ts'
import { publishBlock } from '../../src/node/publish-block.ts'
import { createReader } from '../../src/node/reader.ts'
import { createStore, type NodeStore } from '../../src/store/store.ts'
import { createBlocks, type TestBlock, testEngine } from './blocks.ts'
import { temporaryFolder, testChain } from './support.ts'

const chain = await testChain(1)
const engine = testEngine(chain)
const blocks = createBlocks(chain, engine)
test.after.always(() => engine.close())

const blob = (name: string) => ({
  namespace: namespaceOf(utf8(name)),
  data: Uint8Array.from({ length: 9_000 }, (_, i) => (i * 7 + name.length) & 255),
  flags: 0,
})

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

const put = (store: NodeStore, { root, proposal, columns }: TestBlock, count = 64) =>
  store.putBlock(root, proposal, columns.slice(0, count))

test('columns beyond custody are restored once, one block at a time, and within a quota for each peer', async (t) => {
  await withStore(async (store) => {
    const list = await Promise.all(
      Array.from({ length: 10 }, (_, i) => blocks.block({ height: i + 1 }, [blob(`q${i}`)])),
    )
    for (const block of list) await put(store, block)
    let running = 0
    let most = 0
    let restores = 0
    const counted: Pick<typeof engine, 'restoreData'> = {
      async restoreData(...args) {
        restores++
        most = Math.max(most, ++running)
        try {
          return await engine.restoreData(...args)
        } finally {
          running--
        }
      },
    }
    // A block counts as 8 rows at least.
    const quotas = { perPeer: { perSecond: 0.01, burst: 64 }, ofAll: { perSecond: 1, burst: 1_000 } }
    const source = createColumnSource({ candidates: createCandidates(), store, engine: counted }, quotas)
    const first = list[0]!
    const [a, b] = await Promise.all([
      source.column(first.root, 100, 'peer'),
      source.column(first.root, 101, 'peer'),
    ])
    t.deepEqual([a, b], [first.columns[100], first.columns[101]])
    t.is(restores, 1)

    const answers = await Promise.all(list.slice(1).map(({ root }) => source.column(root, 127, 'peer')))
    t.is(answers.filter((column) => column !== undefined).length, 7)
    t.is(restores, 8)
    t.is(most, 1)
    // What it holds itself costs nothing, another peer has its own quota, and the node itself has none.
    t.deepEqual(await source.column(list[9]!.root, 3, 'peer'), list[9]!.columns[3])
    t.deepEqual(await source.column(list[9]!.root, 127, 'other'), list[9]!.columns[127])
    for (const { root, columns } of list) t.deepEqual(await source.column(root, 127), columns[127])
    t.is(restores, 10)
    // Small blocks stay restored: who samples many at once has none of them restored twice.
    const before = restores
    for (const { root } of list) t.truthy(await source.column(root, 126, 'third'))
    t.is(restores, before)
  })
})

test('restored blocks share the room for cells, and leave it to blocks on their way', async (t) => {
  await withStore(async (store) => {
    const list = await Promise.all([1, 2, 3].map((height) => blocks.block({ height }, [blob(`r${height}`)])))
    const [first, second, coming] = list as [TestBlock, TestBlock, TestBlock]
    for (const block of [first, second]) await put(store, block)
    let restores = 0
    const counted: Pick<typeof engine, 'restoreData'> = {
      restoreData(...args) {
        restores++
        return engine.restoreData(...args)
      },
    }
    const budget = createCellBudget(cellBytes(1))
    const candidates = createCandidates(candidatesDefaults, { budget })
    const source = createColumnSource({ candidates, store, engine: counted, budget })
    t.deepEqual(await source.column(first.root, 100), first.columns[100])
    t.deepEqual(await source.column(first.root, 101), first.columns[101])
    t.is(restores, 1)
    t.deepEqual(await source.column(second.root, 100), second.columns[100])
    t.deepEqual(await source.column(first.root, 100), first.columns[100])
    t.is(restores, 3, 'only one of them has room')

    candidates.open(coming.root, coming.proposal.header, 0)
    t.is(await source.column(first.root, 100), undefined, 'it has let go, and nothing is left')
    t.deepEqual(await source.column(first.root, 3), first.columns[3], 'what is on disk needs no room')
    candidates.get(coming.root)!.state = 'kept'
    t.deepEqual(await source.column(first.root, 100), first.columns[100])
  })
})

test('too few columns restore nothing, and those of an invalid block are not given', async (t) => {
  await withStore(async (store) => {
    const candidates = createCandidates()
    const source = createColumnSource({ candidates, store, engine })
    const block = await blocks.block({ height: 1 }, [blob('few')])
    await put(store, block, 63)
    t.is(await source.column(block.root, 127, 'peer'), undefined)
    const fresh = await blocks.block({ height: 2 }, [blob('bad')])
    const candidate = candidates.open(fresh.root, fresh.proposal.header, 0)
    candidate.columns.set(5, fresh.columns[5]!)
    t.deepEqual(await source.column(fresh.root, 5, 'peer'), fresh.columns[5])
    candidate.state = 'invalid'
    t.is(await source.column(fresh.root, 5, 'peer'), undefined)
  })
})

test('the own block is published header first, then the proposal, then all 128 columns', async (t) => {
  await withStore(async (store) => {
    const block = await blocks.block({ height: 1 }, [blob('own')])
    await put(store, block)
    const sent: string[] = []
    const publish = {
      header: async () => sent.push('header'),
      proposal: async () => sent.push('proposal'),
      column: async ({ index }: { index: number }) => sent.push(`${index}`),
    } as unknown as Network['publish']
    const columns = createColumnSource({ candidates: createCandidates(), store, engine })
    await publishBlock(block.root, { network: { publish }, columns }, new AbortController().signal)
    t.deepEqual(sent.slice(0, 2), ['header', 'proposal'])
    t.deepEqual(
      sent
        .slice(2)
        .map(Number)
        .sort((a, b) => a - b),
      Array.from({ length: 128 }, (_, i) => i),
    )
    sent.length = 0
    await publishBlock(new Uint8Array(32), { network: { publish }, columns }, new AbortController().signal)
    t.deepEqual(sent, [])
  })
})

test('a blob is read though its own columns are withheld, and what is not there is said honestly', async (t) => {
  await withStore(async (store) => {
    const input = blob('read')
    const block = await blocks.block({ height: 1 }, [input])
    const [entry] = block.proposal.entries
    await put(store, block, 0)
    await store.putFinal(block.root, 1, block.proposal.entries, Date.now())
    const isWithheld = (index: number) => index < 8
    const peer: Peer = {
      id: 'p',
      custody: new Set(Array.from({ length: 128 }, (_, i) => i)),
      isValidator: true,
    }
    const network = {
      peers: () => [peer],
      penalize: () => t.fail(),
      request: {
        columns: async (_peer, { indices }) =>
          indices.filter((index) => !isWithheld(index)).map((index) => block.columns[index]!),
      } as Pick<Network['request'], 'columns'> as Network['request'],
    } satisfies Pick<Network, 'peers' | 'penalize' | 'request'>
    let isCurrent = true
    const reader = createReader({
      store,
      network,
      engine,
      isCurrent: async () => isCurrent,
      isEmpty: async () => false,
      log: silent,
    })
    const answer = await reader.read(entry!.blobId, AbortSignal.timeout(15_000))
    t.true(answer.found && answer.source === 'peers' && Buffer.compare(answer.data, input.data) === 0)

    const unknown = new Uint8Array(32).fill(1)
    const reason = async () => {
      const other = await reader.read(unknown, AbortSignal.timeout(1_000))
      return other.found ? undefined : other.reason
    }
    t.is(await reason(), 'absent')
    isCurrent = false
    t.is(await reason(), 'unreachable')
    isCurrent = true
    // Once blocks were deleted, nobody can say that there never was one.
    const next = await blocks.block({ height: 2, parent: block })
    await store.putFinal(next.root, 2, [], Date.now())
    await store.prune(Date.now() + 1_000)
    t.is(await reason(), 'pruned')
  })
})

test('many readers of one block fetch each column once', async (t) => {
  await withStore(async (store) => {
    const inputs = ['one', 'two', 'three'].map((text) => blob(text))
    const block = await blocks.block({ height: 1 }, inputs)
    await put(store, block, 0)
    await store.putFinal(block.root, 1, block.proposal.entries, Date.now())
    const asked: number[] = []
    const custody = new Set(Array.from({ length: 128 }, (_, i) => i))
    const network = {
      peers: () => [{ id: 'p', custody, isValidator: true }],
      penalize: () => t.fail(),
      request: {
        columns: async (_peer, { indices }) => {
          asked.push(...indices)
          await new Promise((resolve) => setTimeout(resolve, 50))
          return indices.map((index) => block.columns[index]!)
        },
      } as Pick<Network['request'], 'columns'> as Network['request'],
    } satisfies Pick<Network, 'peers' | 'penalize' | 'request'>
    const reader = createReader({
      store,
      network,
      engine,
      isCurrent: async () => true,
      isEmpty: async () => false,
      log: silent,
    })
    const signal = AbortSignal.timeout(15_000)
    const reads = Array.from({ length: 12 }, (_, i) => {
      const { blobId } = block.proposal.entries[i % 3]!
      return reader.read(blobId, signal)
    })
    for (const answer of await Promise.all(reads)) t.true(answer.found && answer.source === 'peers')
    const again = await reader.read(block.proposal.entries[0]!.blobId, signal)
    t.true(again.found && again.source === 'peers', 'from memory, and not from this disk')
    t.is(asked.length, new Set(asked).size)
    t.true(asked.length > 0)
  })
})

test('a publication is unknown, accepted, included, certified, in this order', async (t) => {
  await withStore(async (store) => {
    const block = await blocks.block({ height: 1 }, [blob('state')])
    const { blobId } = block.proposal.entries[0]!
    const candidates = createCandidates()
    const waiting = new Set<string>()
    const mempool = { has: (id: Uint8Array) => waiting.has(toHex(id)) }
    const state = async () => (await blobStateOf(blobId, { store, candidates, mempool })).state
    t.is(await state(), 'unknown')
    waiting.add(toHex(blobId))
    t.is(await state(), 'accepted')
    const candidate = candidates.open(block.root, block.proposal.header, 0)
    candidate.proposal = block.proposal
    t.is(await state(), 'included')
    candidate.state = 'invalid'
    t.is(await state(), 'accepted')
    await store.putFinal(block.root, 1, block.proposal.entries, Date.now())
    t.is(await state(), 'certified')
  })
})
