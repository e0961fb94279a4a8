import test from 'ava'
import fc from 'fast-check'
import { equal } from '../../src/base/bytes.ts'
import { createFieldTables } from '../../src/kernel/field-tables.ts'
import { type KernelKind, loadKernels } from '../../src/kernel/load.ts'
import { BLS_MODULUS } from '../../src/kernel/parameters.ts'
import { power, rootOfUnity } from '../../src/kernel/scalars.ts'
import { createPolynomialTwin } from '../../src/kernel/twin/polynomial-twin.ts'
import { createPolynomialKernel } from '../../src/kernel/wasm-polynomial.ts'
import { blobs, hashed, places, scalar } from '../kzg/blobs.ts'
import { hostileScalars } from '../kzg/hostile.ts'

const twin = createPolynomialTwin()
const root = rootOfUnity(4096)

const kinds: readonly KernelKind[] = ['float', 'integer']
const instances = await Promise.all(kinds.map((kind) => loadKernels({ kind })))

for (const [i, kind] of kinds.entries()) {
  const instance = instances[i]!
  const kernel = createPolynomialKernel(instance, createFieldTables(instance))

  for (const [name, blob] of Object.entries(blobs)) {
    test(`${kind} and twin evaluate and divide a row (${name}) alike`, (t) => {
      for (const z of [places.hashed!, scalar(power(root, 1234n))]) {
        t.deepEqual(kernel.evaluate(blob, z), twin.evaluate(blob, z))
        const [ours, theirs] = [kernel.divide(blob, z), twin.divide(blob, z)]
        t.deepEqual(ours.y, theirs.y)
        t.true(equal(ours.quotient, theirs.quotient))
      }
    })
  }

  test(`${kind} and twin interpolate sums of cells alike`, (t) => {
    const element = fc.oneof(
      fc.constantFrom(0n, 1n, BLS_MODULUS - 1n),
      fc.nat().map((seed) => hashed(`${seed}`)),
    )
    const cell = fc
      .array(element, { minLength: 64, maxLength: 64 })
      .map((elements) => new Uint8Array(elements.flatMap((value) => [...scalar(value)])))
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 127 }), cell, element), { maxLength: 4 }),
        (parts) => {
          const args = [
            parts.map(([index]) => index),
            parts.map(([, values]) => values),
            parts.map(([, , weight]) => scalar(weight)),
          ] as const
          t.deepEqual(kernel.interpolate(...args), twin.interpolate(...args))
        },
      ),
      { numRuns: 12 },
    )
  })

  test(`${kind} refuses what is no row, cell, index or scalar`, (t) => {
    const blob = blobs.random!
    const cell = blob.subarray(0, 2048)
    const z = scalar(5n)
    for (const operations of [kernel, twin]) {
      for (const wrong of Object.values(hostileScalars)) {
        const altered = (bytes: Uint8Array, at: number) => {
          const copy = bytes.slice()
          copy.set(wrong, 32 * at)
          return copy
        }
        for (const attempt of [
          () => operations.evaluate(altered(blob, 4095), z),
          () => operations.evaluate(blob, wrong),
          () => operations.divide(altered(blob, 0), z),
          () => operations.divide(blob, wrong),
          () => operations.interpolate([3], [altered(cell, 63)], [z]),
          () => operations.interpolate([3], [cell], [wrong]),
        ]) {
          t.throws(attempt, { instanceOf: RangeError })
        }
      }
      for (const attempt of [
        () => operations.evaluate(blob.subarray(1), z),
        () => operations.divide(cell, z),
        () => operations.interpolate([3], [blob], [z]),
        () => operations.interpolate([128], [cell], [z]),
        () => operations.interpolate([-1], [cell], [z]),
        () => operations.interpolate([0.5], [cell], [z]),
        () => operations.interpolate([0], [], [z]),
        () => operations.interpolate([0], [cell], []),
      ]) {
        t.throws(attempt, { instanceOf: RangeError })
      }
    }
  })
}
