// Makes the vectors of the chain: genesis, headers, votes, certificates and columns, valid ones and ones that each break
// a single rule. Deterministic: keys come from fixed seeds, the block from fixed bytes. Run: npx node
// vectors/generate-chain.ts. test/chain/vectors.test.ts checks the files; docs/protocol.md describes them.

import { writeFileSync } from 'node:fs'
import { toHex } from '../src/base/bytes.ts'
import type { Chain } from '../src/chain/chain.ts'
import {
  type Certificate,
  CertificateType,
  type Column,
  ColumnType,
  type Header,
  type SignedHeader,
  SignedHeaderType,
  type Vote,
  VoteType,
} from '../src/chain/containers.ts'
import { serializeGenesis } from '../src/chain/genesis.ts'
import { genesisToJson } from '../src/chain/genesis-json.ts'
import {
  headerRoot,
  headerSigningRoot,
  KIND,
  type VoteKind,
  voteSigningRoot,
  ZERO_ROOT,
} from '../src/chain/signing.ts'
import { namespaceOf } from '../src/grid/blob.ts'
import { encodeBlock } from '../src/grid/encode.ts'
import {
  certificateOf,
  fixtureChain,
  headerOf,
  secretKeyOf,
  signHeader,
  signVote,
} from '../test/chain/fixture.ts'
import { createTestComponents } from '../test/grid/support.ts'

const hex = (bytes: Uint8Array): string => `0x${toHex(bytes)}`
const chain: Chain = fixtureChain([1, 1, 1, 3], { maxRows: 4, maxBands: 2 })
const bytes = (length: number, value: number) => new Uint8Array(length).fill(value)

const write = (name: string, value: object): void =>
  writeFileSync(new URL(`${name}.json`, import.meta.url), `${JSON.stringify(value, undefined, 1)}\n`)

/** Bytes as hex, everything else as it is. */
const plain = (value: object): object =>
  Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, field instanceof Uint8Array ? hex(field) : field]),
  )

// ---- genesis ----

write('genesis', {
  about:
    'A chain of four validators; the secret keys sign everything in headers, votes, certificates and columns.',
  json: genesisToJson(chain.genesis),
  ssz: hex(serializeGenesis(chain.genesis)),
  chainId: hex(chain.chainId),
  validatorsRoot: hex(chain.validatorsRoot),
  secretKeys: chain.weights.map((_, i) => hex(secretKeyOf(i))),
})

// ---- headers ----

const { kzg, kernel, sha256 } = await createTestComponents()
const data = Uint8Array.from({ length: 2 * 126_976 + 5_000 }, (_, i) => (i * i + (i >> 8)) & 0xff)
const block = encodeBlock({ kzg, kernel, sha256 }, { maxRows: 4, maxBands: 2 }, [
  { namespace: namespaceOf(new TextEncoder().encode('vectors')), flags: 0, data },
])
const empty = headerOf(chain, 1)
const full = headerOf(chain, 4, { parentHeight: 1, parentRoot: headerRoot(empty), ...block.header })

interface HeaderCase {
  readonly name: string
  readonly signed: SignedHeader
  readonly code?: string
}
const brokenHeader = (name: string, code: string, change: Partial<Header>): HeaderCase => ({
  name,
  code,
  signed: signHeader(chain, { ...full, ...change }, 3),
})
const headers: readonly HeaderCase[] = [
  { name: 'the first block, without rows, on the genesis block', signed: signHeader(chain, empty) },
  { name: 'three rows in two bands, heights 2 and 3 empty', signed: signHeader(chain, full) },
  { name: 'signed by another validator', code: 'header-signature', signed: signHeader(chain, full, 0) },
  brokenHeader('of another chain', 'chain-id', { chainId: ZERO_ROOT }),
  brokenHeader('of another version', 'version', { version: 2 }),
  brokenHeader('by a validator whose turn it is not', 'proposer', { proposer: 2 }),
  brokenHeader('on a parent of its own height', 'parent-height', { parentHeight: 4 }),
  brokenHeader('with other validators', 'validators-root', { validatorsRoot: ZERO_ROOT }),
  brokenHeader('with more than maxRows rows', 'row-count', { rowCount: 5 }),
  brokenHeader('with entries behind the grid', 'entries-cell', { entriesCell: 192 }),
  brokenHeader('without rows, but with data', 'empty-roots', { rowCount: 0, entriesCell: 0 }),
]
write('headers', {
  about:
    'Signed headers of the chain in genesis.json. `verdict` is of the header by itself, without its parent: `accept`, or the code of the broken rule.',
  cases: headers.map(({ name, signed, code }) => ({
    name,
    header: plain(signed.message),
    signature: hex(signed.signature),
    ssz: hex(SignedHeaderType.serialize(signed)),
    root: hex(headerRoot(signed.message)),
    signingRoot: hex(headerSigningRoot(chain.chainId, signed.message.height, headerRoot(signed.message))),
    verdict: code ?? 'accept',
  })),
})

// ---- votes ----

const root = headerRoot(full)
interface VoteCase {
  readonly name: string
  readonly vote: Vote
  readonly code?: string
}
const notarise = signVote(chain, 1, KIND.notarise, 4, root)
const votes: readonly VoteCase[] = [
  { name: 'notarise', vote: notarise },
  { name: 'nil', vote: signVote(chain, 2, KIND.nil, 3, ZERO_ROOT) },
  { name: 'finalize', vote: signVote(chain, 3, KIND.finalize, 4, root) },
  { name: 'of the kind of headers', code: 'kind', vote: { ...notarise, kind: KIND.header } },
  { name: 'nil with a root', code: 'root', vote: signVote(chain, 1, KIND.nil, 4, root) },
  { name: 'notarise without a root', code: 'root', vote: signVote(chain, 1, KIND.notarise, 4, ZERO_ROOT) },
  { name: 'of a validator that is none', code: 'validator', vote: { ...notarise, validator: 4 } },
  { name: 'of another validator', code: 'signature', vote: { ...notarise, validator: 0 } },
  { name: 'of another kind than signed', code: 'signature', vote: { ...notarise, kind: KIND.finalize } },
  {
    name: 'at infinity',
    code: 'signature',
    vote: { ...notarise, signature: Uint8Array.from([0xc0, ...bytes(95, 0)]) },
  },
]
write('votes', {
  about: 'Votes on the chain in genesis.json, at heights above the final one.',
  cases: votes.map(({ name, vote, code }) => ({
    name,
    vote: plain(vote),
    ssz: hex(VoteType.serialize(vote)),
    signingRoot: hex(voteSigningRoot(chain.chainId, { ...vote, kind: vote.kind as VoteKind })),
    verdict: code ?? 'accept',
  })),
})

// ---- certificates ----

interface CertificateCase {
  readonly name: string
  readonly certificate: Certificate
  readonly code?: string
}
const certificate = certificateOf(chain, [0, 1, 3], KIND.finalize, 4, root)
const signersOf = (signers: readonly number[]) =>
  certificateOf(chain, signers, KIND.nil, 1, ZERO_ROOT).signers
const certificates: readonly CertificateCase[] = [
  { name: 'finalize by 5 of the weight of 6', certificate },
  { name: 'notarise by everyone', certificate: certificateOf(chain, [0, 1, 2, 3], KIND.notarise, 4, root) },
  { name: 'nil', certificate: certificateOf(chain, [1, 2, 3], KIND.nil, 3, ZERO_ROOT) },
  {
    name: 'by two thirds of the weight exactly',
    code: 'quorum',
    certificate: certificateOf(chain, [0, 3], KIND.finalize, 4, root),
  },
  {
    name: 'with a bit too few',
    code: 'signers-length',
    certificate: { ...certificate, signers: fixtureSigners(3) },
  },
  {
    name: 'naming a signer who did not sign',
    code: 'signature',
    certificate: { ...certificate, signers: signersOf([0, 1, 2, 3]) },
  },
  { name: 'of another height than signed', code: 'signature', certificate: { ...certificate, height: 5 } },
  { name: 'nil with a root', code: 'root', certificate: { ...certificate, kind: KIND.nil } },
]
function fixtureSigners(validators: number) {
  const small = fixtureChain(Array(validators).fill(1))
  return certificateOf(small, [0, 1, 2], KIND.nil, 1, ZERO_ROOT).signers
}
write('certificates', {
  about: 'Certificates on the chain in genesis.json. `signers` are the indices whose bit is set.',
  cases: certificates.map((entry) => ({
    name: entry.name,
    certificate: { ...plain(entry.certificate), signers: entry.certificate.signers.getTrueBitIndexes() },
    ssz: hex(CertificateType.serialize(entry.certificate)),
    signingRoot: hex(
      voteSigningRoot(chain.chainId, { ...entry.certificate, kind: entry.certificate.kind as VoteKind }),
    ),
    verdict: entry.code ?? 'accept',
  })),
})

// ---- columns ----

interface ColumnCase {
  readonly name: string
  readonly column: Column
  readonly code?: string
}
const signed = signHeader(chain, full)
const columnAt = (index: number): Column => {
  const { cells, branch } = block.columns[index]!
  return { header: signed, index, cells: [...cells], branch: [...branch] }
}
const altered = (list: readonly Uint8Array[], at: number): Uint8Array[] =>
  list.map((item, i) => (i === at ? item.map((byte, j) => (j === 31 ? byte ^ 1 : byte)) : item))
const first = columnAt(0)
const columns: readonly ColumnCase[] = [
  { name: 'the first column, data', column: first },
  { name: 'the last column, extension', column: columnAt(127) },
  { name: 'with a cell too few', code: 'cells-count', column: { ...first, cells: first.cells.slice(1) } },
  { name: 'with a short branch', code: 'branch-length', column: { ...first, branch: first.branch.slice(1) } },
  { name: 'with index 128', code: 'column-index', column: { ...first, index: 128 } },
  { name: 'with an altered cell', code: 'path', column: { ...first, cells: altered(first.cells, 2) } },
  { name: 'with an altered branch', code: 'path', column: { ...first, branch: altered(first.branch, 6) } },
  { name: 'with another index', code: 'path', column: { ...first, index: 1 } },
]
write('columns', {
  about:
    'Columns of the second block of headers.json (three rows, two bands of two lanes). A code `path` means that the rules of the chain accept the column and its Merkle path is wrong.',
  maxBands: 2,
  dataRoot: hex(full.dataRoot),
  cases: columns.map(({ name, column, code }) => ({
    name,
    ssz: hex(ColumnType.serialize(column)),
    index: column.index,
    verdict: code ?? 'accept',
  })),
})
