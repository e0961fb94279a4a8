import test from 'ava'
import { hasCode } from '../../src/base/error.ts'
import { createKzg, createKzgPool } from '../../src/kzg/index.ts'
import { blobs, randomBlob, scalar } from './blobs.ts'
import { hostilePoints } from './hostile.ts'

const here = await createKzg()
const pool = createKzgPool({ size: 2 })
test.before(() => pool.start())
test.after.always(() => pool.stop())

test('a pool gives what an instance gives, each result to its call', async (t) => {
  const list = Array.from({ length: 6 }, (_, i) => randomBlob(`pool ${i}`))
  const commitments = await Promise.all(list.map((blob) => pool.blobToKzgCommitment(blob)))
  t.deepEqual(commitments, list.map(here.blobToKzgCommitment))
  const [cells, proofs] = await pool.computeCellsAndKzgProofs(list[0]!)
  t.deepEqual([cells, proofs], here.computeCellsAndKzgProofs(list[0]!))
  const half = Array.from({ length: 64 }, (_, i) => i + 32)
  const given = half.map((i) => cells[i]!)
  t.deepEqual(await pool.recoverCells(half, given), cells)
  t.deepEqual(await pool.recoverCellsAndKzgProofs(half, given), [cells, proofs])
  t.deepEqual(await pool.computeCells(list[0]!), cells)
  const z = scalar(9n)
  const [proof, y] = await pool.computeKzgProof(list[0]!, z)
  t.true(await pool.verifyKzgProof(commitments[0]!, z, y, proof))
  const blobProof = await pool.computeBlobKzgProof(list[0]!, commitments[0]!)
  t.true(await pool.verifyBlobKzgProof(list[0]!, commitments[0]!, blobProof))
  t.true(await pool.verifyBlobKzgProofBatch([list[0]!], [commitments[0]!], [blobProof]))
  t.false(await pool.verifyBlobKzgProof(list[1]!, commitments[0]!, blobProof))
  t.true(await pool.verifyCellKzgProofBatch([commitments[0]!], [3], [cells[3]!], [proofs[3]!]))
  const one = [{ index: 0, scalar: scalar(1n) }]
  const claim = { commitment: one, cellIndex: 3, cell: cells[3]!, proof: [{ index: 1, scalar: scalar(1n) }] }
  t.true(await pool.verifyCellClaims([commitments[0]!, proofs[3]!], [claim]))
  t.deepEqual(await pool.combinePoints([commitments[0]!], [scalar(1n)]), commitments[0])
})

test('errors of the workers keep their codes', async (t) => {
  const error = await t.throwsAsync(pool.computeBlobKzgProof(blobs.random!, hostilePoints['all ones']!))
  t.true(hasCode(error, 'malformed-input'))
  const another = createKzgPool({ size: 1, role: 'verifier' })
  t.teardown(() => another.stop())
  t.true(hasCode(await t.throwsAsync(another.blobToKzgCommitment(blobs.random!)), 'backend-unavailable'))
})

test('a job can be given up', async (t) => {
  const { signal } = new AbortController()
  t.deepEqual(await pool.blobToKzgCommitment(blobs.zero!, { signal }), here.blobToKzgCommitment(blobs.zero!))
  const given = AbortSignal.abort(new Error('not now'))
  await t.throwsAsync(pool.computeCellsAndKzgProofs(blobs.random!, { signal: given }), { message: 'not now' })
})
