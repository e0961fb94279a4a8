// Lists of a block's entries with their proof, against a chain with known keys: what holds, and the code of each lie.

import test from 'ava'
import {
  type AskedBlock,
  judgeList,
  type ListCode,
  verifyBlock,
} from '../../../src/api/client/verify-block.ts'
import { entryJson, finalityJson, headerJson } from '../../../src/api/json.ts'
import type { BlockJson } from '../../../src/api/schemas.ts'
import { toHex } from '../../../src/base/bytes.ts'
import type { Header } from '../../../src/chain/containers.ts'
import { headerRoot, KIND } from '../../../src/chain/signing.ts'
import type { Entry } from '../../../src/grid/containers.ts'
import { commitmentsRootOf, entriesRootOf } from '../../../src/grid/roots.ts'
import { certificateOf, fixtureChain, headerOf } from '../../chain/fixture.ts'

const chain = fixtureChain()
const quorum = [0, 1, 2]
const names = ['61', '62', '63'].map((byte) => `${'00'.repeat(19)}${byte.repeat(10)}`)
const [first, second, third] = names as [string, string, string]
const entryOf = (namespace: string, startCell: number): Entry => ({
  namespace: new Uint8Array(Buffer.from(namespace, 'hex')),
  startCell,
  length: 12,
  flags: 0,
  blobId: new Uint8Array(32).fill(startCell + 1),
})
const entries = [entryOf(first, 0), entryOf(first, 1), entryOf(second, 2)]
const commitments = [new Uint8Array(48).fill(9)]
const header = headerOf(chain, 5, {
  rowCount: 1,
  entriesCell: 3,
  entriesRoot: entriesRootOf(entries),
  commitmentsRoot: commitmentsRootOf(commitments),
})
const certified = (last: Header, signers: readonly number[] = quorum) =>
  certificateOf(chain, signers, KIND.finalize, last.height, headerRoot(last))

/** As a node answers. */
const answerOf = (namespace: string | undefined, above: readonly Header[] = []): BlockJson => {
  const all = entries.map(entryJson)
  return {
    height: header.height,
    root: toHex(headerRoot(header)),
    header: headerJson(header),
    commitments: commitments.map(toHex),
    entries: all.filter((one) => namespace === undefined || one.namespace === namespace),
    allEntries: all,
    finality: finalityJson({ headers: [header, ...above], certificate: certified(above.at(-1) ?? header) }),
  }
}
const codeOf = (block: unknown, asked: AskedBlock = {}, genesis: unknown = chain.genesis) => {
  const answer = verifyBlock(block, genesis, asked)
  return answer.verdict === 'accept' ? 'accept' : answer.code
}

test('the whole list of a namespace holds, of one without any entry too', (t) => {
  for (const [namespace, count] of [
    [undefined, 3],
    [first, 2],
    [second, 1],
    [third, 0],
    [`0x${first.toUpperCase()}`, 2],
  ] as const) {
    const answer = verifyBlock(answerOf(namespace?.toLowerCase().replace('0x', '')), chain.genesis, {
      height: 5,
      namespace,
    })
    t.is(answer.verdict === 'accept' && answer.entries.length, count)
  }
})

test('a block that is final by one above it is proven by the headers between', (t) => {
  const child = headerOf(chain, 6, { parentHeight: 5, parentRoot: headerRoot(header) })
  const grandchild = headerOf(chain, 8, {
    parentHeight: 6,
    parentRoot: headerRoot(child),
    timestamp: child.timestamp + 1,
  })
  t.is(codeOf(answerOf(first, [child, grandchild]), { namespace: first }), 'accept')
  const block = answerOf(first, [child, grandchild])
  const cut = { ...block, finality: { ...block.finality, headers: block.finality?.headers.slice(1) } }
  t.is(codeOf(cut, { namespace: first }), 'not-linked')
})

const whole = answerOf(first)
const [a, b] = whole.entries as [BlockJson['entries'][0], BlockJson['entries'][0]]
const c = whole.allEntries?.[2] as BlockJson['entries'][0]
const stranger = entryJson(entryOf(first, 7))
const lies: readonly (readonly [ListCode, string, Partial<BlockJson>])[] = [
  ['entries', 'an entry left out', { entries: [a] }],
  ['entries', 'every entry left out', { entries: [] }],
  ['entries', 'an entry of another namespace', { entries: [a, b, c] }],
  ['entries', 'an entry that is in no block', { entries: [a, b, stranger] }],
  ['entries', 'an entry twice', { entries: [a, a] }],
  ['entries', 'entries in another order', { entries: [b, a] }],
  ['entries', 'an entry with another length', { entries: [a, { ...b, length: 13 }] }],
  ['entries-root', 'an entry left out of both lists', { entries: [a], allEntries: [a, c] }],
  [
    'entries-root',
    'an entry added to both lists',
    { entries: [a, b, stranger], allEntries: [a, b, stranger, c] },
  ],
  [
    'entries-root',
    'an entry altered in both lists',
    {
      entries: [a, { ...b, blobId: '77'.repeat(32) }],
      allEntries: [a, { ...b, blobId: '77'.repeat(32) }, c],
    },
  ],
  [
    'entries-root',
    'an entry moved to another namespace in both lists',
    { entries: [a], allEntries: [a, { ...b, namespace: second }, c] },
  ],
  ['entries-root', 'no entries at all', { entries: [], allEntries: [] }],
  ['commitments', 'another commitment', { commitments: ['aa'.repeat(48)] }],
  ['commitments', 'no commitment', { commitments: [] }],
  ['other-root', 'another root', { root: '11'.repeat(32) }],
  ['other-root', 'another header', { header: { ...whole.header, dataRoot: '11'.repeat(32) } }],
  ['other-height', 'another height', { height: 6 }],
]
for (const [code, what, change] of lies) {
  test(`a list with ${what} is refused as ${code}, without genesis too`, (t) => {
    const lie = { ...whole, ...change }
    t.is(codeOf(lie, { namespace: first }), code)
    const answer = judgeList(lie, { namespace: first })
    t.is(answer.verdict === 'reject' && answer.code, code)
  })
}

test('the whole list of another namespace or height than was asked for is refused', (t) => {
  t.is(codeOf(whole, { namespace: second }), 'entries')
  t.is(codeOf(whole, {}), 'entries')
  t.is(codeOf(whole, { namespace: 'no hex' }), 'entries')
  t.is(codeOf(whole, { namespace: first, height: 4 }), 'other-height')
})

test('a list of entries that were made up holds under their own header, which no quorum certified', (t) => {
  const own = [entryOf(first, 0)]
  const forged = { ...header, entriesRoot: entriesRootOf(own) }
  const block: BlockJson = {
    ...whole,
    root: toHex(headerRoot(forged)),
    header: headerJson(forged),
    entries: own.map(entryJson),
    allEntries: own.map(entryJson),
  }
  t.is(judgeList(block, { namespace: first }).verdict, 'accept')
  t.is(codeOf(block, { namespace: first }), 'not-certified')
  const with2 = (signers: readonly number[]) => ({
    ...block,
    finality: finalityJson({ headers: [forged], certificate: certified(forged, signers) }),
  })
  t.is(codeOf(with2([0, 1]), { namespace: first }), 'quorum')
  const borrowed = with2([0, 1])
  const signers = { ...borrowed.finality.certificate, signers: '1110' }
  t.is(
    codeOf({ ...borrowed, finality: { headers: [], certificate: signers } }, { namespace: first }),
    'signature',
  )
  t.is(codeOf(whole, { namespace: first }, fixtureChain([1, 1, 1, 2]).genesis), 'chain-id')
})

test('what is no list with its proof is malformed, with the place', (t) => {
  const { finality: _, ...unproven } = whole
  for (const [block, message] of [
    [null, /block/],
    [{ ...whole, allEntries: undefined }, /allEntries/],
    [{ ...whole, entries: {} }, /entries/],
    [{ ...whole, entries: [{ ...a, more: 1 }] }, /entries\[0\]/],
    // SSZ would hash flags of 0 and 256 alike.
    [{ ...whole, entries: [a, { ...b, flags: 256 }] }, /entries\[1\].flags/],
    [{ ...whole, entries: [a, { ...b, startCell: b.startCell + 2 ** 32 }] }, /entries\[1\].startCell/],
    [{ ...whole, header: { ...whole.header, proposer: whole.header.proposer + 65_536 } }, /header.proposer/],
    [unproven, /finality/],
    [{ ...whole, finality: { ...whole.finality, certificate: {} } }, /certificate/],
  ] as const) {
    t.throws(() => verifyBlock(block, chain.genesis, { namespace: first }), { code: 'malformed', message })
  }
})
