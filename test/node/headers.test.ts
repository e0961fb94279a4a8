// The headers of a full node, on a real database: who is connected when, what counts against a leader's two, and what
// consensus is given after a restart.

import { join } from 'node:path'
import test from 'ava'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { genesisBlock } from '../../src/chain/chain.ts'
import { isHeaderEvidence } from '../../src/chain/evidence.ts'
import { judgeHeaderParent } from '../../src/chain/header-rules.ts'
import type { HeaderEvidence } from '../../src/chain/ports.ts'
import { namespaceOf } from '../../src/grid/blob.ts'
import { createCandidates } from '../../src/node/candidates.ts'
import { createGossip } from '../../src/node/gossip.ts'
import { createHeaders } from '../../src/node/headers.ts'
import { restoreState } from '../../src/node/restore-state.ts'
import { createStore } from '../../src/store/store.ts'
import { createBlocks, type TestBlock, testEngine } from './blocks.ts'
import { temporaryFolder, testChain } from './support.ts'

const chain = await testChain(1)
const engine = testEngine(chain)
const blocks = createBlocks(chain, engine)
test.after.always(() => engine.close())

const withHeaders = async (
  work: (
    headers: ReturnType<typeof createHeaders>,
    given: readonly string[],
    store: ReturnType<typeof createStore>,
    equivocations: readonly number[],
  ) => Promise<void>,
) => {
  const folder = await temporaryFolder()
  const store = createStore({ location: join(folder.path, 'db') }, { log: silent, metrics: noMetrics })
  await store.open()
  const given: string[] = []
  const equivocations: number[] = []
  const headers = createHeaders(
    { genesis: genesisBlock(blocks.chain) },
    {
      store,
      judgeAgainstParent: judgeHeaderParent,
      onHeader: (root) => given.push(toHex(root)),
      onEquivocation: ({ first }) => equivocations.push(first.message.height),
      finalHeight: () => 0,
      log: silent,
    },
  )
  try {
    await work(headers, given, store, equivocations)
  } finally {
    await store.close()
    await folder.remove()
  }
}

const announcementOf = ({ proposal: { header, commitments } }: TestBlock) => ({ header, commitments })
const keys = (...list: readonly TestBlock[]) => list.map(({ root }) => toHex(root))

test('a header waits for its parent, and for the parent’s parent', async (t) => {
  const first = await blocks.block({ height: 1 })
  const second = await blocks.block({ height: 2, parent: first })
  const third = await blocks.block({ height: 3, parent: second })
  await withHeaders(async (headers, given) => {
    await headers.introduce(announcementOf(third))
    await headers.introduce(announcementOf(second))
    t.deepEqual(given, [])
    await headers.introduce(announcementOf(first))
    t.deepEqual(given, keys(first, second, third))
  })
})

test('a header whose parent came another way goes on when that is said', async (t) => {
  const first = await blocks.block({ height: 1 })
  const second = await blocks.block({ height: 2, parent: first })
  await withHeaders(async (headers, given, store) => {
    await headers.introduce(announcementOf(second))
    await store.putProposal(first.root, first.proposal)
    await headers.connectChildren(first.root)
    t.deepEqual(given, keys(second))
  })
})

test('a header that was only read from the disk can still be introduced, and offered', async (t) => {
  const first = await blocks.block({ height: 1 })
  await withHeaders(async (headers, given, store) => {
    t.false(await headers.offer(first.root))
    await store.putAnnouncement(first.root, announcementOf(first))
    t.truthy(await headers.get(first.root))
    await headers.introduce(announcementOf(first))
    t.deepEqual(given, keys(first))
    t.true(await headers.offer(first.root))
    t.deepEqual(given, keys(first, first))
  })
})

test('a header that does not fit its parent is given to consensus neither at once nor after a restart', async (t) => {
  const good = await blocks.block({ height: 1 })
  const late = await blocks.block({ height: 1, timestamp: chain.genesis.timestamp + 60_001 })
  const orphan = await blocks.block({ height: 2, parent: late })
  await withHeaders(async (headers, given, store, equivocations) => {
    for (const block of [late, good, orphan]) await headers.introduce(announcementOf(block))
    t.false(given.includes(toHex(late.root)))
    t.true(given.includes(toHex(good.root)))
    t.deepEqual(equivocations, [1])
    const state = await restoreState(blocks.chain, store, 64)
    t.deepEqual(
      state.blocks.map(({ root }) => toHex(root)).filter((key) => keys(late, good).includes(key)),
      keys(good),
    )
  })
})

test('evidence against a leader is on disk with both signatures, and a restart lets no third header in', async (t) => {
  const blob = (name: string) => [
    { namespace: namespaceOf(utf8(name)), data: new Uint8Array(100).fill(1), flags: 0 },
  ]
  const forks = await Promise.all(['a', 'b', 'c'].map((name) => blocks.block({ height: 1 }, blob(name))))
  const other = await blocks.block({ height: 2, parent: forks[0]! })
  const folder = await temporaryFolder()
  const location = join(folder.path, 'db')
  const life = async (
    work: (headers: ReturnType<typeof createHeaders>, found: number[]) => Promise<void>,
  ) => {
    const store = createStore({ location }, { log: silent, metrics: noMetrics })
    await store.open()
    const found: number[] = []
    const writes: Promise<void>[] = []
    const headers = createHeaders(
      { genesis: genesisBlock(blocks.chain) },
      {
        store,
        judgeAgainstParent: judgeHeaderParent,
        onHeader() {},
        onEquivocation(evidence) {
          found.push(evidence.first.message.height)
          writes.push(store.putEvidence(evidence))
        },
        finalHeight: () => 0,
        log: silent,
      },
    )
    await headers.recall(store, 1, 8)
    await work(headers, found)
    await Promise.all(writes)
    const pairs: HeaderEvidence[] = []
    for await (const pair of store.evidence(1, 8)) pairs.push(pair)
    await store.close()
    return pairs
  }
  const signed = (block: TestBlock) => block.proposal.header
  const [pair, ...more] = await life(async (headers, found) => {
    await headers.introduce(announcementOf(other))
    // The second one came with a column only: no announcement of it is on disk.
    await headers.introduce(announcementOf(forks[0]!))
    t.true(headers.see(forks[1]!.root, signed(forks[1]!)))
    t.deepEqual(found, [1])
  })
  t.deepEqual(more, [])
  t.true(isHeaderEvidence(pair!.first, pair!.second, { chain: blocks.chain, bls: blocks.bls }))
  const again = await life(async (headers, found) => {
    t.is(headers.seenAt(1).length, 2)
    t.false(headers.see(forks[2]!.root, signed(forks[2]!)))
    t.true(headers.see(forks[1]!.root, signed(forks[1]!)))
    // A header alone is known again too: one more is its second.
    t.is(headers.seenAt(2).length, 1)
    t.deepEqual(found, [])
  })
  t.deepEqual(again, [pair!])
  await folder.remove()
})

test('a leader that signs ever new headers gets no further with columns than with announcements', async (t) => {
  const blob = (name: string) => [
    { namespace: namespaceOf(utf8(name)), data: new Uint8Array(100).fill(1), flags: 0 },
  ]
  await withHeaders(async (headers) => {
    const candidates = createCandidates()
    const added: string[] = []
    const gossip = createGossip({
      chain: blocks.chain,
      bls: blocks.bls,
      headers,
      candidates,
      engine,
      assembler: {
        expect: (root, header) => candidates.open(root, header, 0),
        addProposal: () => {},
        addColumn: (root) => added.push(toHex(root)),
      },
      finalHeight: () => 0,
      currentHeight: () => 1,
      isKnownCertificate: () => false,
      onVote: () => {},
      onCertificate: () => {},
    })
    const forks = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => blocks.block({ height: 1 }, blob(name))),
    )
    const verdicts = await Promise.all(forks.map(({ columns }) => gossip.column(columns[7]!, 'peer')))
    t.deepEqual(
      verdicts.map((verdict) => (verdict.verdict === 'accept' ? 'accept' : verdict.code)),
      ['accept', 'accept', 'third-header', 'third-header'],
    )
    t.deepEqual(added, keys(...forks.slice(0, 2)))
    const late = await gossip.header(announcementOf(forks[2]!), 'peer')
    t.is(late.verdict, 'ignore')
    const known = await gossip.column(forks[0]!.columns[8]!, 'peer')
    t.is(known.verdict, 'accept')
  })
})
