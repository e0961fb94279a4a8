// Receipts: the vectors in both forms, the path of an entry against SSZ's own roots, the commitments of an aligned
// blob's bytes, and what is no receipt.

import { readFileSync } from 'node:fs'
import test from 'ava'
import { equal, fromHex, toHex } from '../../src/base/bytes.ts'
import { entryPathOf, isEntryOf } from '../../src/chain/entry-path.ts'
import { deserializeReceipt, rowsOfAligned, serializeReceipt } from '../../src/chain/receipt.ts'
import { receiptFromJson, receiptToJson } from '../../src/chain/receipt-json.ts'
import { verifyReceipt } from '../../src/chain/verify-receipt.ts'
import { entriesRootOf } from '../../src/grid/roots.ts'
import { createKzg } from '../../src/kzg/index.ts'

interface Case {
  readonly name: string
  readonly json: unknown
  readonly ssz: string
  readonly data?: string
  readonly verdict: string
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8'))
const bytes = (hex: string): Uint8Array => fromHex(hex)!
const genesis = read('genesis').json
const { cases } = read('receipts') as { readonly cases: readonly Case[] }
const aligned = cases.find(({ name }) => name.startsWith('of an aligned'))!

for (const { name, json, ssz, data, verdict } of cases) {
  test(`a receipt ${name}: ${verdict}`, (t) => {
    const receipt = deserializeReceipt(bytes(ssz))
    t.deepEqual(receiptToJson(receipt), json)
    t.is(toHex(serializeReceipt(receiptFromJson(json))), ssz.slice(2))
    for (const form of [json, bytes(ssz)]) {
      const answer = verifyReceipt(form, genesis, data === undefined ? {} : { data: bytes(data) })
      t.is(answer.verdict === 'accept' ? 'accept' : answer.code, verdict)
    }
  })
}

test('the commitments of a receipt are those of the aligned blob that came with it', async (t) => {
  const kzg = await createKzg()
  const data = bytes(aligned.data!)
  const commit = (row: Uint8Array) => kzg.blobToKzgCommitment(row)
  const answer = verifyReceipt(aligned.json, genesis, { data, commit })
  t.is(answer.verdict, 'accept')
  t.deepEqual(
    answer.verdict === 'accept' && answer.commitments,
    rowsOfAligned({ flags: 1, data }).map(commit),
  )
  const wrong = verifyReceipt(aligned.json, genesis, { data, commit: () => new Uint8Array(48) })
  t.is(wrong.verdict === 'reject' && wrong.code, 'other-commitments')
})

test('the path of every entry leads to the root that SSZ gives the list, and to no other place', async (t) => {
  const entry = (i: number) => ({
    namespace: new Uint8Array(29),
    startCell: i,
    length: i + 1,
    flags: 0,
    blobId: new Uint8Array(32).fill(i),
  })
  for (const count of [1, 2, 3, 5, 8, 13]) {
    const entries = Array.from({ length: count }, (_, i) => entry(i))
    const root = entriesRootOf(entries)
    for (const [index, one] of entries.entries()) {
      const path = await entryPathOf(entries, index)
      t.true(isEntryOf(root, one, index, path))
      t.false(isEntryOf(root, one, index ^ 1, path))
      t.false(isEntryOf(root, one, index + 16_384, path))
      t.false(isEntryOf(root, entry(index + 1), index, path))
      t.false(equal(root, entriesRootOf(entries.slice(1))))
    }
    await t.throwsAsync(entryPathOf(entries, count), { instanceOf: RangeError })
  }
})

test('what is no receipt is said to be none, with the place', (t) => {
  const json = aligned.json as Record<string, unknown>
  const bad: readonly (readonly [unknown, RegExp])[] = [
    [null, /receipt/],
    ['text', /receipt/],
    [{ ...json, more: 1 }, /receipt/],
    [{ ...json, chainId: 'xyz' }, /chainId/],
    [{ ...json, entryIndex: -1 }, /entryIndex/],
    // SSZ hashes of a number the bytes that its field has: flags of 1 and 257 would be the same.
    [{ ...json, entry: { ...(json.entry as object), flags: 257 } }, /entry\.flags/],
    [{ ...json, headers: [{}] }, /headers\[0\]/],
    [{ ...json, headers: new Array(65).fill({}) }, /headers/],
    [{ ...json, certificate: { ...(json.certificate as object), signers: '01x' } }, /signers/],
    [Uint8Array.of(1, 2, 3), /SSZ/],
  ]
  for (const [value, message] of bad)
    t.throws(() => verifyReceipt(value, genesis), { code: 'malformed', message })
})
