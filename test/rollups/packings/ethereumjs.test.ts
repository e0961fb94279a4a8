// Rows in the packings of OP, Nitro and viem as the blobs of a transaction of ethereumjs: it recomputes commitments,
// proofs and versioned hashes, and takes ours.

import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createBlob4844Tx, createBlob4844TxFromSerializedNetworkWrapper } from '@ethereumjs/tx'
import test from 'ava'
import { toHex } from '../../../src/base/bytes.ts'
import { versionedHashOf } from '../../../src/grid/versioned-hash.ts'
import { toEthereumjs } from '../../../src/kzg/ethereumjs.ts'
import { createKzg } from '../../../src/kzg/index.ts'
import { packNitro } from '../../../src/rollups/packings/nitro.ts'
import { packOp } from '../../../src/rollups/packings/op.ts'
import { packViem } from '../../../src/rollups/packings/viem.ts'
import { bytesOf } from '../support.ts'

const kzg = await createKzg()
const adapter = toEthereumjs(kzg)
const common = new Common({
  chain: Mainnet,
  hardfork: Hardfork.Cancun,
  customCrypto: { kzg: adapter as NonNullable<Common['customCrypto']['kzg']> },
})
const hex = (bytes: Uint8Array) => `0x${toHex(bytes)}` as const

for (const [name, rows] of [
  ['OP', [packOp(bytesOf(130_000, 1))]],
  ['Nitro', packNitro(bytesOf(200_000, 2))],
  ['viem', packViem(bytesOf(150_000, 3))],
] as const) {
  test(`ethereumjs takes rows that ${name} packs with our commitments, proofs and versioned hashes`, (t) => {
    const commitments = rows.map((row) => kzg.blobToKzgCommitment(row))
    const hashes = commitments.map((commitment) => hex(versionedHashOf(commitment)))
    const about = {
      blobs: rows.map(hex),
      kzgCommitments: commitments.map(hex),
      kzgProofs: rows.map((row, i) => hex(kzg.computeBlobKzgProof(row, commitments[i]!))),
      maxFeePerBlobGas: 1n,
      maxFeePerGas: 10n,
      gasLimit: 30_000n,
      to: `0x${'11'.repeat(20)}`,
    } as const
    const sent = createBlob4844Tx({ ...about, blobVersionedHashes: hashes }, { common }).sign(
      new Uint8Array(32).fill(7),
    )
    const parsed = createBlob4844TxFromSerializedNetworkWrapper(sent.serializeNetworkWrapper(), { common })
    t.deepEqual(parsed.blobVersionedHashes, hashes)
    t.deepEqual(parsed.kzgCommitments, about.kzgCommitments)
    // Hashes of other commitments are refused.
    const others = hashes.map((hash) => `0x01${'00'.repeat(30)}${hash.slice(-2)}` as const)
    const wrong = createBlob4844Tx({ ...about, blobVersionedHashes: others }, { common }).sign(
      new Uint8Array(32).fill(7),
    )
    t.throws(() => createBlob4844TxFromSerializedNetworkWrapper(wrong.serializeNetworkWrapper(), { common }))
  })
}
