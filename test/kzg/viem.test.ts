import test from 'ava'
import { blobsToCommitments, blobsToProofs, parseGwei, toBlobs, type Kzg as ViemKzg } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { mainnet } from 'viem/chains'
import { createKzg } from '../../src/kzg/index.ts'

const kzg = await createKzg({ role: 'committer' })

test('viem takes an instance as it is, and what it makes of blobs verifies', (t) => {
  const drop: ViemKzg = kzg
  const blobs = toBlobs({ data: new TextEncoder().encode('weft '.repeat(30_000)) })
  const commitments = blobsToCommitments({ blobs, kzg: drop })
  const proofs = blobsToProofs({ blobs, commitments, kzg: drop })
  t.is(blobs.length, 2)
  t.true(kzg.verifyBlobKzgProofBatch(blobs, commitments, proofs))
  t.false(kzg.verifyBlobKzgProofBatch(blobs, commitments, proofs.toReversed()))
})

test('viem signs a blob transaction with it', async (t) => {
  const account = privateKeyToAccount(`0x${'07'.repeat(32)}`)
  const serialized = await account.signTransaction({
    chainId: mainnet.id,
    type: 'eip4844',
    to: `0x${'11'.repeat(20)}`,
    maxFeePerBlobGas: parseGwei('1'),
    blobs: toBlobs({ data: '0x1234' }),
    kzg,
  })
  t.true(serialized.startsWith('0x03'))
  t.true(serialized.length > 2 * 131_072)
})
