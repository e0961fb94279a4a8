// Blocks on their way: whose place is given to whom, and what the assembler does when the network fails behind it.

import { join } from 'node:path'
import test from 'ava'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import type { Proposal, SignedHeader } from '../../src/chain/containers.ts'
import type { Network } from '../../src/chain/ports.ts'
import { namespaceOf } from '../../src/grid/blob.ts'
import { createAssembler } from '../../src/node/assembler.ts'
import { createCandidates } from '../../src/node/candidates.ts'
import { createCellBudget } from '../../src/node/cell-budget.ts'
import { createEventHub } from '../../src/node/events.ts'
import { createStore } from '../../src/store/store.ts'
import { createBlocks, testEngine } from './blocks.ts'
import { temporaryFolder, testChain, until } from './support.ts'

const chain = await testChain(1)
const engine = testEngine(chain)
const blocks = createBlocks(chain, engine)
const empty = await blocks.block({ height: 1 })
test.after.always(() => engine.close())

const rootOf = (n: number) => new Uint8Array(32).fill(n)
const by = (proposer: number): SignedHeader => ({
  ...empty.proposal.header,
  message: { ...empty.header, proposer },
})

test('a leader that signs many headers displaces its own candidates, not another’s', (t) => {
  const candidates = createCandidates({ maxBlocks: 4 })
  const honest = candidates.open(rootOf(1), by(0), 0)
  for (let n = 2; n < 20; n++) candidates.open(rootOf(n), by(1), 0)
  t.true(candidates.isOpen(honest))
  t.is(candidates.all().length, 4)
})

test('what is being restored stays; what is invalid goes first; two kept blocks stay in memory', (t) => {
  const candidates = createCandidates({ maxBlocks: 4 })
  const [restoring, invalid, kept, gathering] = [1, 2, 3, 4].map((n) => candidates.open(rootOf(n), by(n), 0))
  restoring!.state = 'restoring'
  invalid!.state = 'invalid'
  kept!.state = 'kept'
  candidates.open(rootOf(5), by(5), 0).state = 'kept'
  t.false(candidates.isOpen(invalid!))
  candidates.open(rootOf(6), by(6), 0)
  t.true(candidates.isOpen(restoring!))
  t.is(candidates.all().length, 4)
  candidates.drop(restoring!.root)
  t.false(candidates.isOpen(restoring!))
  t.false(candidates.isOpen(gathering!) && candidates.isOpen(kept!))
})

test('kept blocks let go of their columns before blocks that come fill memory', (t) => {
  const mebibyte = 2 ** 20
  const large = (proposer: number): SignedHeader => {
    const header = by(proposer)
    return { ...header, message: { ...header.message, rowCount: 256 } }
  }
  const column = { header: large(0), index: 0, cells: [], branch: [] }
  const budget = createCellBudget(160 * mebibyte)
  const candidates = createCandidates({ maxBlocks: 6 }, { budget })
  const open = (n: number, state: 'kept' | 'gathering' | 'restoring') => {
    const candidate = candidates.open(rootOf(n), large(n), 0)
    for (let index = 0; index < 128; index++) candidate.columns.set(index, column)
    candidate.state = state
    return candidate
  }
  const first = open(1, 'kept')
  const second = open(2, 'kept')
  t.is(first.columns.size, 128)
  open(3, 'restoring')
  t.is(first.columns.size, 0)
  t.true(candidates.isOpen(first))
  t.is(second.columns.size, 128)

  // Nothing is taken from a block that is being restored; of those that are gathered the most numerous give way.
  const gathered = open(4, 'gathering')
  t.is(second.columns.size, 0)
  const restored = candidates.all().find(({ state }) => state === 'restoring')
  open(5, 'gathering')
  t.false(candidates.isOpen(gathered))
  t.true(candidates.isOpen(restored!))
  t.is(restored?.columns.size, 128)
})

/** What the peer answers to one question for a proposal after the other. */
const answers: (Proposal | undefined)[] = []

const withAssembler = async (
  publishColumn: () => Promise<number>,
  work: (parts: {
    readonly assembler: ReturnType<typeof createAssembler>
    readonly candidates: ReturnType<typeof createCandidates>
    readonly store: ReturnType<typeof createStore>
    readonly kept: string[]
    readonly asked: string[]
  }) => Promise<void>,
  restoring: Pick<typeof engine, 'restore'> = engine,
  custody: { readonly columns: number; readonly restoresAll: boolean } = { columns: 64, restoresAll: true },
) => {
  const folder = await temporaryFolder()
  const store = createStore({ location: join(folder.path, 'db') }, { log: silent, metrics: noMetrics })
  await store.open()
  const kept: string[] = []
  const asked: string[] = []
  const candidates = createCandidates({ maxBlocks: 2 })
  const network = {
    peers: () => [{ id: 'p', custody: new Set([1]), isValidator: true }],
    penalize: () => {},
    publish: { column: publishColumn } as unknown as Network['publish'],
    request: {
      columns: async (_peer, { root }) => {
        asked.push(toHex(root))
        return []
      },
      proposals: async (_peer, { roots }) => {
        const answer = answers.shift()
        return answer !== undefined && roots.length === 1 ? [answer] : []
      },
    } as Pick<Network['request'], 'columns' | 'proposals'> as Network['request'],
  } satisfies Pick<Network, 'peers' | 'penalize' | 'publish' | 'request'>
  const assembler = createAssembler(
    {
      custody: Array.from({ length: custody.columns }, (_, i) => i),
      restoresAll: custody.restoresAll,
      askAfterMs: 50,
      tilesAfterMs: 25,
      giveUpAfterMs: 60_000,
    },
    {
      candidates,
      store,
      engine: { ...engine, restore: (...args) => restoring.restore(...args) },
      network,
      judgeProposal: async () => ({ verdict: 'accept' }),
      events: createEventHub(silent),
      clock: systemClock,
      log: silent,
      metrics: noMetrics,
      onKept: ({ key }) => kept.push(key),
      onInvalid: () => {},
    },
  )
  try {
    await work({ assembler, candidates, store, kept, asked })
  } finally {
    assembler.stop()
    await store.close()
    await folder.remove()
  }
}

const blob = { namespace: namespaceOf(utf8('c')), data: new Uint8Array(3_000).fill(8), flags: 0 }

test.serial('a block is kept once, whatever becomes of re-seeding it', async (t) => {
  const block = await blocks.block({ height: 1 }, [blob])
  let published = 0
  const refuse = async () => {
    published++
    throw new Error('no network')
  }
  await withAssembler(refuse, async ({ assembler, candidates, store, kept }) => {
    assembler.addProposal(block.root, block.proposal)
    for (const column of block.columns.slice(60, 124)) assembler.addColumn(block.root, column)
    await until('the block to be kept', 10_000, () => published > 0)
    await new Promise((resolve) => setTimeout(resolve, 100))
    assembler.addColumn(block.root, block.columns[127]!)
    assembler.require(block.root, block.proposal.header)
    await new Promise((resolve) => setTimeout(resolve, 200))
    t.is(candidates.get(block.root)?.state, 'kept')
    t.deepEqual(kept, [toHex(block.root)])
    t.is((await store.heldColumns(block.root)).length, 64)
  })
})

test.serial('of a block whose custody alone was proven nothing else stays to be served', async (t) => {
  const block = await blocks.block({ height: 1 }, [blob])
  const work = async ({
    assembler,
    candidates,
    kept,
  }: Parameters<Parameters<typeof withAssembler>[1]>[0]) => {
    assembler.addProposal(block.root, block.proposal)
    for (const index of [100, 127, 7, 6, 5, 4, 3, 2, 1, 0])
      assembler.addColumn(block.root, block.columns[index]!)
    await until('the block to be kept', 10_000, () => kept.length > 0)
    // One that comes later no more than those that came before.
    assembler.addColumn(block.root, block.columns[99]!)
    t.deepEqual(
      [...candidates.get(block.root)!.columns.keys()].sort((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7],
    )
  }
  await withAssembler(async () => 0, work, engine, { columns: 8, restoresAll: false })
})

test.serial('a proposal that no peer had at first is asked for again', async (t) => {
  const block = await blocks.block({ height: 1 }, [{ ...blob, namespace: namespaceOf(utf8('late')) }])
  answers.push(undefined, block.proposal)
  await withAssembler(
    async () => 1,
    async ({ assembler, kept }) => {
      for (const column of block.columns.slice(0, 64)) assembler.addColumn(block.root, column)
      await until('the block to be kept', 10_000, () => kept.includes(toHex(block.root)))
      t.deepEqual(answers, [])
    },
  )
})

test.serial('a block that lost its place is asked for no longer', async (t) => {
  const list = await Promise.all(
    ['a', 'b', 'c'].map((name) =>
      blocks.block({ height: 1 }, [{ ...blob, namespace: namespaceOf(utf8(name)) }]),
    ),
  )
  await withAssembler(
    async () => 1,
    async ({ assembler, asked }) => {
      for (const { root, proposal } of list) assembler.require(root, proposal.header)
      await until('requests', 5_000, () => asked.includes(toHex(list[2]!.root)))
      await new Promise((resolve) => setTimeout(resolve, 300))
      asked.length = 0
      await until('more requests', 8_000, () => asked.includes(toHex(list[2]!.root)))
      t.false(asked.includes(toHex(list[0]!.root)))
    },
  )
})

test.serial(
  'a block whose restoring failed here is tried again, though nothing more of it comes',
  async (t) => {
    let tries = 0
    const failingOnce: Pick<typeof engine, 'restore'> = {
      restore: (...args) => {
        tries += 1
        return tries === 1 ? Promise.reject(new Error('the thread died')) : engine.restore(...args)
      },
    }
    const block = await blocks.block({ height: 1 }, [{ ...blob, namespace: namespaceOf(utf8('again')) }])
    await withAssembler(
      async () => 0,
      async ({ assembler, kept }) => {
        assembler.addProposal(block.root, block.proposal)
        for (const column of block.columns.slice(0, 64)) assembler.addColumn(block.root, column)
        await until('the block to be kept', 10_000, () => kept.length === 1)
        t.is(tries, 2)
      },
      failingOnce,
    )
  },
)
