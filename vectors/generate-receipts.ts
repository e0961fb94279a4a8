// Makes the vectors of receipts: ones that hold and ones that each break a single rule, as JSON and SSZ. Deterministic,
// of the chain in genesis.json. Run: npx node vectors/generate-receipts.ts. test/chain/receipt.test.ts checks the file;
// docs/receipts.md describes it.

import { writeFileSync } from 'node:fs'
import { toHex, utf8 } from '../src/base/bytes.ts'
import { entryPathOf } from '../src/chain/entry-path.ts'
import { type Receipt, serializeReceipt } from '../src/chain/receipt.ts'
import { receiptToJson } from '../src/chain/receipt-json.ts'
import { headerRoot, KIND } from '../src/chain/signing.ts'
import { FLAG_ALIGNED, namespaceOf } from '../src/grid/blob.ts'
import { encodeBlock } from '../src/grid/encode.ts'
import { certificateOf, fixtureChain, headerOf } from '../test/chain/fixture.ts'
import { createTestComponents } from '../test/grid/support.ts'

const chain = fixtureChain([1, 1, 1, 3], { maxRows: 4, maxBands: 2 })
const plainData = utf8('a blob of a rollup')
const alignedData = Uint8Array.from({ length: 3_000 }, (_, i) => (i * 37 + (i >> 7)) & 0xff)
const block = encodeBlock(await createTestComponents(), { maxRows: 4, maxBands: 2 }, [
  { namespace: namespaceOf(utf8('plain')), flags: 0, data: plainData },
  { namespace: namespaceOf(utf8('aligned')), flags: FLAG_ALIGNED, data: alignedData },
  { namespace: namespaceOf(utf8('other')), flags: 0, data: utf8('of somebody else') },
])
const header = headerOf(chain, 2, { ...block.header })
const child = headerOf(chain, 3, { parentHeight: 2, parentRoot: headerRoot(header) })
const grandchild = headerOf(chain, 6, { parentHeight: 3, parentRoot: headerRoot(child) })
const finalize = (signers: readonly number[], of: typeof header) =>
  certificateOf(chain, signers, KIND.finalize, of.height, headerRoot(of))

const receiptOf = async (length: number): Promise<Receipt> => {
  const entryIndex = block.entries.findIndex((entry) => entry.length === length)
  return {
    version: 1,
    chainId: chain.chainId,
    headers: [header],
    certificate: finalize([0, 1, 3], header),
    entry: block.entries[entryIndex]!,
    entryIndex,
    entryPath: [...(await entryPathOf(block.entries, entryIndex))],
    commitments: [...block.commitments],
  }
}
const plain = await receiptOf(plainData.length)
const aligned = await receiptOf(alignedData.length)
const flipped = (bytes: Uint8Array) => bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte))

interface Case {
  readonly name: string
  readonly receipt: Receipt
  readonly data?: Uint8Array
  readonly code?: string
}
const cases: readonly Case[] = [
  { name: 'of a plain blob, with its bytes', receipt: plain, data: plainData },
  { name: 'of an aligned blob, with its bytes', receipt: aligned, data: alignedData },
  {
    name: 'final by a descendant, heights 4 and 5 empty',
    receipt: { ...plain, headers: [header, child, grandchild], certificate: finalize([1, 2, 3], grandchild) },
  },
  { name: 'of another form', code: 'version', receipt: { ...plain, version: 2 } },
  { name: 'of another chain', code: 'other-chain', receipt: { ...plain, chainId: flipped(plain.chainId) } },
  { name: 'without headers', code: 'no-headers', receipt: { ...plain, headers: [] } },
  {
    name: 'with a certificate of another kind',
    code: 'not-finalize',
    receipt: { ...plain, certificate: certificateOf(chain, [0, 1, 3], KIND.notarise, 2, headerRoot(header)) },
  },
  {
    name: 'with the certificate of another block',
    code: 'not-certified',
    receipt: { ...plain, certificate: finalize([0, 1, 3], child) },
  },
  {
    name: 'with a header left out',
    code: 'not-linked',
    receipt: { ...plain, headers: [header, grandchild], certificate: finalize([1, 2, 3], grandchild) },
  },
  {
    name: 'signed by too few',
    code: 'quorum',
    receipt: { ...plain, certificate: finalize([0, 1, 2], header) },
  },
  {
    name: 'with the signature of others',
    code: 'signature',
    receipt: {
      ...plain,
      certificate: { ...plain.certificate, signature: finalize([0, 3], header).signature },
    },
  },
  {
    name: 'with another entry',
    code: 'entry-path',
    receipt: { ...plain, entry: { ...plain.entry, length: plain.entry.length + 1 } },
  },
  {
    name: 'with the path of another entry',
    code: 'entry-path',
    receipt: { ...plain, entryPath: aligned.entryPath },
  },
  { name: 'with another place', code: 'entry-path', receipt: { ...plain, entryIndex: plain.entryIndex ^ 1 } },
  {
    name: 'with a path that is too short',
    code: 'entry-path',
    receipt: { ...plain, entryPath: plain.entryPath.slice(1) },
  },
  {
    name: 'with other commitments',
    code: 'commitments',
    receipt: { ...aligned, commitments: [...aligned.commitments].reverse() },
  },
  { name: 'with other bytes', code: 'other-bytes', receipt: aligned, data: flipped(alignedData) },
]

const hex = (bytes: Uint8Array): string => `0x${toHex(bytes)}`
writeFileSync(
  new URL('receipts.json', import.meta.url),
  `${JSON.stringify(
    {
      about:
        'Receipts of the chain in genesis.json, as JSON and SSZ. `data`, where it is there, are the bytes that come with it; `verdict` is `accept`, or the code of the broken rule; `commitments` are those of the blob itself.',
      cases: cases.map(({ name, receipt, data, code }) => ({
        name,
        json: receiptToJson(receipt),
        ssz: hex(serializeReceipt(receipt)),
        ...(data && { data: hex(data) }),
        verdict: code ?? 'accept',
      })),
    },
    undefined,
    1,
  )}\n`,
)
