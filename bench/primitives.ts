// What the kernels are made of, by itself: products in both fields, the transform, points and pairings, of both modules.

import { readFileSync } from 'node:fs'
import { createFieldTables } from '../src/kernel/field-tables.ts'
import { type KernelKind, loadKernels } from '../src/kernel/load.ts'
import { createGroupKernel } from '../src/kernel/wasm-group.ts'
import { createPairingKernel } from '../src/kernel/wasm-pairing.ts'
import { type Figure, measure } from './measure.ts'
import { makeBlob } from './operations.ts'

/** Additions that share an inversion. */
const ADDITIONS = 1_024

/** ms per thousand for what is over in nanoseconds. */
export const measurePrimitives = async (
  kinds: readonly KernelKind[],
  rounds: number,
): Promise<readonly Figure[]> => {
  const verify = new Uint8Array(readFileSync(new URL('../build/setup/verify.bin', import.meta.url)))
  const point = (i: number): Uint8Array => verify.subarray(96 * i, 96 * (i + 1))
  const scalars = makeBlob(3).subarray(0, 64 * 32)
  const figures: Figure[] = []
  for (const kind of kinds) {
    const instance = await loadKernels({ kind })
    const { exports: wasm, arena } = instance
    const field = createFieldTables(instance)
    const group = createGroupKernel(instance)
    const pairing = createPairingKernel(instance, verify.subarray(6720))
    const compressed = group.compress(verify.subarray(0, 64 * 96))
    const [fp, fr] = [wasm.fpPair.value, field.pair]
    const x = arena.take(3 * 256 * fp)
    // Any elements do: the points' coordinates, over and over.
    const bytes = arena.place(verify.subarray(0, 6144))
    for (let i = 0; i < 512; i += 64) wasm.fpRead(x + i * fp, bytes, bytes + 48, 64)
    const run = (op: string, body: () => unknown): void => {
      figures.push(
        ...measure(op, [{ impl: `weft (${kind})`, run: body }], { rounds, warmUp: 5, budgetMs: 3_000 }),
      )
    }
    // 500 pairs are 1,000 products.
    run('1,000 products in Fp', () => {
      wasm.fpMultiply(x + 512 * fp, x, x + 256 * fp, 250)
      wasm.fpMultiply(x + 512 * fp, x, x + 256 * fp, 250)
    })
    run('1,000 products in Fr', () =>
      wasm.frMultiply(field.work, field.work + 500 * fr, field.work + 1000 * fr, 500),
    )
    run('transform of 8,192 elements', () => wasm.rowsDit(field.work, 2048, 2, field.backward))
    run('decompressing and checking 64 points', () => group.decompress(compressed))
    run('sum of 64 points times scalars', () => group.msm(verify.subarray(0, 64 * 96), scalars))
    // One inversion for all of them; the points are 64 of the setup's, each added to its neighbour.
    const size = wasm.pointSize.value
    const points = arena.take((64 + ADDITIONS) * size)
    const encoded = arena.place(verify.subarray(0, 64 * 96))
    if (wasm.readPoints(points, encoded, 64) !== 1) throw new Error('expected the points of the setup')
    run('1,024 batch-affine additions', () => {
      for (let i = 0; i < ADDITIONS; i++) {
        wasm.queueAddition(points + (i % 64) * size, points + ((i + 1) % 64) * size, points + (64 + i) * size)
      }
      wasm.flush()
    })
    run('product of two pairings', () => pairing.isBalanced(point(7), point(8), 1))
  }
  return figures
}
