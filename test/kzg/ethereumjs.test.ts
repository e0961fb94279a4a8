import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createBlob4844Tx, createBlob4844TxFromSerializedNetworkWrapper } from '@ethereumjs/tx'
import test from 'ava'
import { toHex } from '../../src/base/bytes.ts'
import { hasCode } from '../../src/base/error.ts'
import { toEthereumjs } from '../../src/kzg/ethereumjs.ts'
import { createKzg } from '../../src/kzg/index.ts'
import { blobs, scalar } from './blobs.ts'
import { hostilePoints } from './hostile.ts'

/** The interface of @ethereumjs/util, which comes with the other two. */
type KZG = NonNullable<Common['customCrypto']['kzg']>

const adapter: KZG = toEthereumjs(await createKzg())
const blob = `0x${toHex(blobs.random!)}` as const

test('ethereumjs builds, serialises and checks a blob transaction with our KZG', (t) => {
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Cancun, customCrypto: { kzg: adapter } })
  const commitment = adapter.blobToKzgCommitment(blob) as `0x${string}`
  const transaction = createBlob4844Tx(
    {
      blobsData: ['0x77656674'],
      maxFeePerBlobGas: 1n,
      maxFeePerGas: 10n,
      gasLimit: 30_000n,
      to: `0x${'11'.repeat(20)}`,
    },
    { common },
  ).sign(new Uint8Array(32).fill(7))
  const serialized = transaction.serializeNetworkWrapper()
  const parsed = createBlob4844TxFromSerializedNetworkWrapper(serialized, { common })
  t.deepEqual(parsed.blobVersionedHashes, transaction.blobVersionedHashes)
  t.is(commitment.length, 98)
  // Another blob's proof inside makes it refuse.
  const proof = transaction.kzgProofs![0]!.slice(2)
  const other = adapter.computeBlobProof(blob, commitment).slice(2)
  const forged = new Uint8Array(Buffer.from(toHex(serialized).replace(proof, other), 'hex'))
  t.throws(() => createBlob4844TxFromSerializedNetworkWrapper(forged, { common }))
})

test('the adapter speaks hex for every operation', (t) => {
  const commitment = adapter.blobToKzgCommitment(blob)
  const proof = adapter.computeBlobProof(blob, commitment)
  t.true(adapter.verifyBlobProofBatch([blob], [commitment], [proof]))
  t.false(adapter.verifyBlobProofBatch([blob], [commitment], [commitment]))
  const [cells, proofs] = adapter.computeCellsAndProofs(blob)
  t.deepEqual(adapter.computeCells(blob), cells)
  t.true(adapter.verifyCellKzgProofBatch([commitment], [9], [cells[9]!], [proofs[9]!]))
  t.false(adapter.verifyCellKzgProofBatch([commitment], [8], [cells[9]!], [proofs[9]!]))
  const half = Array.from({ length: 64 }, (_, i) => 2 * i)
  t.deepEqual(
    adapter.recoverCellsAndProofs(
      half,
      half.map((i) => cells[i]!),
    ),
    [cells, proofs],
  )
  const zero = `0x${toHex(scalar(0n))}`
  t.false(adapter.verifyProof(commitment, zero, zero, proof))
})

test('what is no hex, and what the instance refuses, throws with a code', (t) => {
  for (const wrong of [
    '0xzz',
    '0x123',
    '',
    `0x${toHex(hostilePoints['all zeros']!)}`,
    5 as unknown as string,
  ]) {
    const error = t.throws(() => adapter.computeBlobProof(blob, wrong))
    t.true(hasCode(error, 'malformed-input'), error?.message)
  }
})
