// Vectors: celestia-app `x/blob/types/payforblob_test.go` and go-square `inclusion/commitment_test.go` (Go), lumina
// `types/src/blob.rs` (Rust). Go-square's two take a tree over the roots of their own, which is built here.

import { createHash } from 'node:crypto'
import test from 'ava'
import { concat, fromHex, toHex, utf8 } from '../../../src/base/bytes.ts'
import { namespaceOf } from '../../../src/grid/blob.ts'
import {
  mountainSizes,
  shareCommitment,
  subtreeRoots,
  subtreeWidth,
} from '../../../src/rollups/celestia/commitment.ts'
import { isBlobNamespace, sharesOf } from '../../../src/rollups/celestia/share.ts'
import { rfc6962Root } from '../../../src/rollups/celestia/tree.ts'
import { bytesOf } from '../support.ts'
import { slowCommitment } from './slow-commitment.ts'

const base64 = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))
const ones = namespaceOf(new Uint8Array(10).fill(1))
const sha256 = (...parts: readonly Uint8Array[]) =>
  new Uint8Array(
    createHash('sha256')
      .update(concat(...parts))
      .digest(),
  )

const published = [
  {
    what: 'lumina, share version 0',
    namespace: base64('AAAAAAAAAAAAAAAAAAAAAAAAAAAADCBNOWAP3dM='),
    data: base64('8fIMqAB+kQo7+LLmHaDya8oH73hxem6lQWX1'),
    commitment: 'D6YGsPWdxR8ju2OcOspnkgPG2abD30pSHxsFdiPqnVk=',
  },
  {
    what: 'lumina, share version 1 with a signer',
    namespace: base64('AAAAAAAAAAAAAAAAAAAAAAAAALwwSWpxCuQb5+A='),
    data: base64('lQnnMKE='),
    signer: base64('Yjc3XldhbdYke5i8aSlggYxCCLE='),
    commitment: 'dujykaNN+Ey7ET3QNdPG0g2uveriBvZusA3fLSOdMKU=',
  },
  {
    what: 'lumina, the example of its documentation',
    namespace: namespaceOf(Uint8Array.of(1, 2, 3, 4, 5)),
    data: utf8('some data to store on blockchain'),
    signer: base64('j71qdnFJas04ncZ4/CazBpFlSWE='),
    commitment: 'AUpLKHYnlrfK0cX6DcGyryFMld1nJia+cjkCwXFTFgA=',
  },
  {
    what: 'celestia-app, four shares',
    namespace: ones,
    data: new Uint8Array(3 * 512).fill(0xff),
    commitment: Buffer.from(
      '3b9e78b6648ec1a241925b31da2ecb50bfc6f4ad552d3279928ca13ebeba8c2b',
      'hex',
    ).toString('base64'),
  },
]
for (const { what, namespace, data, signer, commitment } of published) {
  test(`the published commitment of ${what}`, (t) => {
    const blob = { namespace, data, shareVersion: signer ? 1 : 0, ...(signer && { signer }) } as const
    t.is(Buffer.from(shareCommitment(blob)).toString('base64'), commitment)
  })
}

const goSquare = [
  {
    what: 'two shares',
    blob: { namespace: ones, data: new Uint8Array(960).fill(0xff), shareVersion: 0 },
    root: '31f5156d5db9a7f5b43b297a14c070c2cc4ef3d69d87ed08addd216d9b9fa118',
  },
  {
    what: 'two shares with a signer',
    blob: {
      namespace: ones,
      data: new Uint8Array(940).fill(0xff),
      shareVersion: 1,
      signer: new Uint8Array(20).fill(1),
    },
    root: '883c74064e8e2627ad5808389f1f1924194c1ae23c7df962c8d56df062a92b2b',
  },
] as const
for (const { what, blob, root } of goSquare) {
  test(`go-square's published root over the subtrees of ${what}`, (t) => {
    const [left, right, ...more] = subtreeRoots(blob)
    t.is(more.length, 0)
    t.is(toHex(sha256(sha256(left!), sha256(right!))), root)
  })
}

test('mountain ranges are the published ones', (t) => {
  t.deepEqual(mountainSizes(11, 4), [4, 4, 2, 1])
  t.deepEqual(mountainSizes(2, 64), [2])
  t.deepEqual(mountainSizes(64, 8), [8, 8, 8, 8, 8, 8, 8, 8])
  t.deepEqual(mountainSizes(19, 8), [8, 8, 2, 1])
})

test('subtrees grow with the blob: one share each up to 64 shares, then so that there are at most 64', (t) => {
  const widths = [1, 2, 64, 65, 128, 129, 256, 257, 4_096, 4_097].map((count) => subtreeWidth(count))
  t.deepEqual(widths, [1, 1, 1, 2, 2, 4, 4, 8, 64, 128])
})

// At the edges of shares, of the threshold of 64 subtrees, and of the powers of two above it.
const shares = (count: number) => 478 + (count - 1) * 482
const lengths = [
  1,
  477,
  478,
  479,
  shares(2),
  shares(2) + 1,
  shares(3),
  shares(63),
  shares(64),
  shares(64) + 1,
]
for (const length of [
  ...lengths,
  shares(65),
  shares(127),
  shares(128) + 1,
  shares(131),
  shares(300),
  400_000,
]) {
  test(`${length} bytes have the commitment that the slow twin computes from the specification`, (t) => {
    const namespace = namespaceOf(utf8('twin'))
    const data = bytesOf(length, length)
    const slow = slowCommitment({ namespace, data, shareVersion: 0 })
    t.is(toHex(shareCommitment({ namespace, data, shareVersion: 0 })), toHex(slow))
    const signed = { namespace, data, shareVersion: 1, signer: bytesOf(20, 3) } as const
    t.is(toHex(shareCommitment(signed, sha256)), toHex(slowCommitment(signed)))
    t.not(toHex(slowCommitment(signed)), toHex(slow))
  })
}

test('a first share says version, length and signer', (t) => {
  const [share] = sharesOf({
    namespace: ones,
    data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7),
    shareVersion: 1,
    signer: new Uint8Array(20).fill(9),
  })
  t.is(share?.length, 512)
  t.is(toHex(share!.subarray(29, 62)), `0300000007${'09'.repeat(20)}0102030405060700`)
})

test('a namespace of Celestia takes blobs unless it is reserved', (t) => {
  t.true(isBlobNamespace(ones))
  t.true(isBlobNamespace(namespaceOf(Uint8Array.of(1, 0))))
  t.false(isBlobNamespace(namespaceOf(Uint8Array.of(0xff))))
  t.false(isBlobNamespace(new Uint8Array(29)))
  t.false(isBlobNamespace(ones.with(0, 0xff)))
  t.false(isBlobNamespace(ones.with(18, 1)))
  t.false(isBlobNamespace(ones.subarray(1)))
})

const data = Uint8Array.of(1)
const refused = [
  ['share-empty', { namespace: ones, data: new Uint8Array(), shareVersion: 0 }],
  ['share-namespace', { namespace: new Uint8Array(29), data, shareVersion: 0 }],
  ['share-version', { namespace: ones, data, shareVersion: 2 as never }],
  ['share-signer', { namespace: ones, data, shareVersion: 1 }],
  ['share-signer', { namespace: ones, data, shareVersion: 0, signer: new Uint8Array(20) }],
  ['share-signer', { namespace: ones, data, shareVersion: 1, signer: new Uint8Array(19) }],
] as const
for (const [index, [code, blob]] of refused.entries()) {
  test(`what Celestia would not take is refused: ${code} (${index})`, (t) => {
    t.throws(() => sharesOf(blob), { code })
  })
}

// Certificate Transparency's reference vectors (certificate-transparency `merkle_tree_test.cc`), which go-square and
// Tendermint test against too: roots over the first n of these leaves.
const leaves = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => fromHex(hex)!)
const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
for (const [count, root] of roots.entries()) {
  test(`the published RFC 6962 root of ${count} leaves`, (t) => {
    t.is(toHex(rfc6962Root(leaves.slice(0, count))), root)
  })
}
