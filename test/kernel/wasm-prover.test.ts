// Commitments and cell proofs of every module against another library, on random, structured and hostile rows.

import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { DasContextJs } from '@crate-crypto/node-eth-kzg'
import test from 'ava'
import { type KernelKind, loadKernels } from '../../src/kernel/load.ts'
import { createProverKernel } from '../../src/kernel/wasm-prover.ts'

const kinds: readonly KernelKind[] = ['float', 'integer']
const R = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n
const range = { instanceOf: RangeError }
const setup = {
  lagrange: new Uint8Array(readFileSync(new URL('../../build/setup/commit.bin', import.meta.url))),
  proofPoints: new Uint8Array(readFileSync(new URL('../../build/setup/prove.bin', import.meta.url))),
}
const context = DasContextJs.create({ usePrecomp: true })

const element = (value: bigint): Uint8Array =>
  new Uint8Array(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'))
const random = (): bigint => BigInt(`0x${randomBytes(40).toString('hex')}`) % R
const row = (value: (i: number) => bigint): Uint8Array => {
  const bytes = new Uint8Array(131_072)
  for (let i = 0; i < 4096; i++) bytes.set(element(value(i)), 32 * i)
  return bytes
}
const one = random()
const rows: Readonly<Record<string, Uint8Array>> = {
  random: row(random),
  zeros: row(() => 0n),
  'equal elements': row(() => one),
  'a single one': row((i) => (i === 0 ? 1n : 0n)),
  'the largest element': row(() => R - 1n),
  'small elements': row((i) => BigInt(i % 256)),
  'a sparse row': row((i) => (i % 512 === 7 ? random() : 0n)),
  'opposite elements': row((i) => (i % 2 === 0 ? one : R - one)),
  'window edges': row((i) => (1n << BigInt(13 * (i % 19) + 12)) + (1n << BigInt(8 * (i % 31) + 7))),
}

for (const kind of kinds) {
  test(`commitments and proofs are another library's, for every kind of row (${kind})`, async (t) => {
    const instance = await loadKernels({ kind, budget: 'prover' })
    const kernel = createProverKernel(instance, setup)
    for (const [name, bytes] of Object.entries(rows)) {
      t.deepEqual(kernel.compress(kernel.commit(bytes)), context.blobToKzgCommitment(bytes), name)
      if (kind === 'integer' && name !== 'random' && name !== 'equal elements') continue
      const expected = context.computeCellsAndKzgProofs(bytes).proofs
      t.deepEqual(kernel.compress(kernel.proofs(bytes)), new Uint8Array(Buffer.concat(expected)), name)
    }
    const free = instance.arena.free()
    for (let i = 0; i < 3; i++) kernel.commit(rows.random!)
    t.is(instance.arena.free(), free, 'no call takes memory')
    const large = rows.random!.slice()
    large.set(element(R), 32 * 4095)
    t.throws(() => kernel.commit(large), range)
    t.throws(() => kernel.proofs(large), range)
    t.throws(() => kernel.commit(new Uint8Array(131_071)), range)
    t.throws(() => kernel.proofs(new Uint8Array(131_104)), range)
  })
}

test('a setup of the wrong size, without proof points, or over budget is refused', async (t) => {
  const instance = await loadKernels({ budget: 'prover' })
  t.throws(() => createProverKernel(instance, { lagrange: new Uint8Array(96) }), range)
  const kernel = createProverKernel(instance, { lagrange: setup.lagrange })
  t.throws(() => kernel.proofs(rows.zeros!), range)
  const verifier = await loadKernels({ budget: 'verifier' })
  const small = createProverKernel(verifier, setup)
  t.throws(() => small.proofs(rows.zeros!), range)
  t.deepEqual(small.compress(small.commit(rows.random!)), context.blobToKzgCommitment(rows.random!))
})
