import { createHash } from 'node:crypto'
import test from 'ava'
import { headerSigningRoot, KIND, signingRoot, voteSigningRoot } from '../../src/chain/signing.ts'

/** SSZ by hand: five chunks of 32 bytes, integers little-endian, padded to eight leaves. */
const slowSigningRoot = (
  domain: number,
  chainId: Uint8Array,
  kind: number,
  height: bigint,
  root: Uint8Array,
) => {
  const chunk = (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.alloc(32 - bytes.length)])
  const littleEndian = Buffer.alloc(8)
  littleEndian.writeBigUInt64LE(height)
  let layer = [Uint8Array.of(domain), chainId, Uint8Array.of(kind), littleEndian, root].map(chunk)
  while (layer.length < 8) layer.push(Buffer.alloc(32))
  while (layer.length > 1) {
    layer = Array.from({ length: layer.length / 2 }, (_, i) =>
      createHash('sha256')
        .update(Buffer.concat([layer[2 * i]!, layer[2 * i + 1]!]))
        .digest(),
    )
  }
  return Uint8Array.from(layer[0]!)
}

const chainId = new Uint8Array(32).fill(3)
const root = new Uint8Array(32).fill(4)

test('the signing root is the SSZ root of domain, chain id, kind, height and root', (t) => {
  for (const height of [1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    t.deepEqual(
      headerSigningRoot(chainId, height, root),
      slowSigningRoot(1, chainId, 0, BigInt(height), root),
    )
    for (const kind of [KIND.notarise, KIND.nil, KIND.finalize])
      t.deepEqual(
        voteSigningRoot(chainId, { kind, height, root }),
        slowSigningRoot(2, chainId, kind, BigInt(height), root),
      )
  }
})

test('no two different things have one signing root', (t) => {
  const roots = [
    signingRoot(1, chainId, 0, 1, root),
    signingRoot(2, chainId, 0, 1, root),
    signingRoot(2, chainId, 1, 1, root),
    signingRoot(2, chainId, 2, 1, root),
    signingRoot(2, chainId, 3, 1, root),
    signingRoot(2, chainId, 3, 2, root),
    signingRoot(2, root, 3, 2, root),
    signingRoot(2, chainId, 3, 2, chainId),
  ].map((bytes) => Buffer.from(bytes).toString('hex'))
  t.is(new Set(roots).size, roots.length)
})
