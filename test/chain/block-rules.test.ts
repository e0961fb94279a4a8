import test from 'ava'
import {
  judgeAnnouncement,
  judgeColumn,
  judgeProposal,
  judgeProposalPaced,
} from '../../src/chain/block-rules.ts'
import type { Column, Header, Proposal } from '../../src/chain/containers.ts'
import type { Entry } from '../../src/grid/containers.ts'
import { EntriesType } from '../../src/grid/containers.ts'
import { areEntriesOfPaced, commitmentsRootOf, entriesRootOf, proofsRootOf } from '../../src/grid/roots.ts'
import { bls, fixtureChain, headerOf, signHeader } from './fixture.ts'

const chain = fixtureChain([1, 1, 1, 1], { maxRows: 4, maxBands: 2 })
const context = { chain, bls }
const bytes = (length: number, value: number) => new Uint8Array(length).fill(value)

// Three rows in two bands: the sheet has 2 * 128 proofs. Nothing here is a point: that is KZG's to judge.
const commitments = [1, 2, 3].map((n) => bytes(48, n))
const sheet = Array.from({ length: 256 }, (_, i) => bytes(48, i))
const entry: Entry = { namespace: bytes(29, 0), startCell: 0, length: 10, flags: 0, blobId: bytes(32, 7) }
const header = headerOf(chain, 2, {
  rowCount: 3,
  entriesCell: 1,
  dataRoot: bytes(32, 9),
  commitmentsRoot: commitmentsRootOf(commitments),
  entriesRoot: entriesRootOf([entry]),
  proofsRoot: proofsRootOf(sheet),
})
const signed = signHeader(chain, header)
const proposal: Proposal = { header: signed, commitments, entries: [entry], sheet }
const column: Column = {
  header: signed,
  index: 127,
  cells: [1, 2, 3].map((n) => bytes(2_048, n)),
  branch: Array.from({ length: 7 }, (_, i) => bytes(32, i)),
}
const rejected = (code: string) => ({ verdict: 'reject', code }) as never
const resigned = (change: Partial<Header>) => signHeader(chain, { ...header, ...change })

test('a proposal, its announcement and its columns are accepted', async (t) => {
  t.deepEqual(judgeProposal(proposal, context), { verdict: 'accept' })
  t.deepEqual(await judgeProposalPaced(proposal, context), { verdict: 'accept' })
  t.deepEqual(judgeAnnouncement({ header: signed, commitments }, context), { verdict: 'accept' })
  for (const index of [0, 127]) t.deepEqual(judgeColumn({ ...column, index }, context), { verdict: 'accept' })
})

test('an empty proposal is accepted, and has no columns', (t) => {
  const empty = signHeader(chain, headerOf(chain, 2))
  t.deepEqual(judgeProposal({ header: empty, commitments: [], entries: [], sheet: [] }, context), {
    verdict: 'accept',
  })
  t.deepEqual(judgeColumn({ ...column, header: empty, cells: [] }, context), rejected('no-columns'))
})

const wrongProposals: readonly [title: string, code: string, change: Partial<Proposal>][] = [
  ['too many rows', 'row-count', { header: resigned({ rowCount: 5 }) }],
  ['a commitment too few', 'commitments-count', { commitments: commitments.slice(1) }],
  ['a commitment too many', 'commitments-count', { commitments: [...commitments, bytes(48, 4)] }],
  ['a proof too few', 'sheet-count', { sheet: sheet.slice(1) }],
  ['a sheet of more bands', 'sheet-count', { sheet: [...sheet, ...sheet] }],
  ['no entries', 'entries-count', { entries: [] }],
  ['more entries than cells', 'entries-count', { entries: Array(193).fill(entry) }],
  ['another commitment', 'commitments-root', { commitments: [bytes(48, 1), bytes(48, 2), bytes(48, 4)] }],
  ['commitments in another order', 'commitments-root', { commitments: commitments.toReversed() }],
  ['another entry', 'entries-root', { entries: [{ ...entry, length: 11 }] }],
  ['another entry more', 'entries-root', { entries: [entry, entry] }],
  ['another proof', 'proofs-root', { sheet: [...sheet.slice(1), sheet[0]!] }],
  ['a header of another leader', 'proposer', { header: resigned({ proposer: 0 }) }],
  [
    'a signature of another header',
    'header-signature',
    { header: { ...signed, signature: resigned({ timestamp: 1 }).signature } },
  ],
]
for (const [title, code, change] of wrongProposals) {
  test(`a proposal is rejected for ${title}`, async (t) => {
    t.deepEqual(judgeProposal({ ...proposal, ...change }, context), rejected(code))
    t.deepEqual(await judgeProposalPaced({ ...proposal, ...change }, context), rejected(code))
  })
}

test('hashing the longest lists gives way to others', async (t) => {
  const entries = Array.from({ length: 16_384 }, (_, startCell) => ({ ...entry, startCell }))
  let turns = 0
  const timer = setInterval(() => {
    turns++
  }, 1)
  t.true(await areEntriesOfPaced({ entriesRoot: EntriesType.hashTreeRoot(entries) }, entries))
  const before = turns
  t.false(await areEntriesOfPaced({ entriesRoot: bytes(32, 1) }, entries))
  clearInterval(timer)
  t.true(turns - before >= 5, `${turns - before} turns`)
})

test('an announcement is rejected for its count, its roots and its header', (t) => {
  const judge = (change: object) => judgeAnnouncement({ header: signed, commitments, ...change }, context)
  t.deepEqual(judge({ commitments: [] }), rejected('commitments-count'))
  t.deepEqual(judge({ commitments: commitments.toReversed() }), rejected('commitments-root'))
  t.deepEqual(judge({ header: resigned({ height: 3 }) }), rejected('proposer'))
})

const wrongColumns: readonly [title: string, code: string, change: Partial<Column>][] = [
  ['index 128', 'column-index', { index: 128 }],
  ['a cell too few', 'cells-count', { cells: column.cells.slice(1) }],
  ['a cell too many', 'cells-count', { cells: [...column.cells, column.cells[0]!] }],
  ['a short branch', 'branch-length', { branch: column.branch.slice(1) }],
  ['no branch', 'branch-length', { branch: [] }],
  ['a header of another leader', 'proposer', { header: resigned({ proposer: 0 }) }],
  ['a signature that is none', 'header-signature', { header: { ...signed, signature: bytes(96, 0) } }],
]
for (const [title, code, change] of wrongColumns) {
  test(`a column is rejected for ${title}`, (t) => {
    t.deepEqual(judgeColumn({ ...column, ...change }, context), rejected(code))
  })
}

test('lengths are judged before signatures and roots', (t) => {
  const spy = { ...context, bls: { verify: () => t.fail('verified a signature') as never } }
  for (const change of [{ commitments: [] }, { sheet: [] }, { entries: [] }])
    t.is(judgeProposal({ ...proposal, ...change }, spy).verdict, 'reject')
  t.is(judgeColumn({ ...column, branch: [] }, spy).verdict, 'reject')
})
