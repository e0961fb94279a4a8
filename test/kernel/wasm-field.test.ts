// The field kernels of every module against the slow twin, on random, structured and hostile input.

import { randomBytes } from 'node:crypto'
import test from 'ava'
import fc from 'fast-check'
import { type KernelKind, loadKernels } from '../../src/kernel/load.ts'
import { createFieldTwin } from '../../src/kernel/twin/field-twin.ts'
import { createFieldKernel } from '../../src/kernel/wasm-field.ts'

const kinds: readonly KernelKind[] = ['float', 'integer']
const kernels = await Promise.all(
  kinds.map(async (kind) => ({ kind, kernel: createFieldKernel(await loadKernels({ kind })) })),
)
const twin = createFieldTwin()
const R = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n

const element = (value: bigint): Uint8Array => {
  const bytes = new Uint8Array(32)
  for (let i = 31, rest = value; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 255n)
  return bytes
}
const randomElements = (count: number): Uint8Array => {
  const bytes = new Uint8Array(randomBytes(32 * count))
  for (let i = 0; i < count; i++) bytes[32 * i] = bytes[32 * i]! & 0x3f
  return bytes
}
const repeated = (pattern: readonly bigint[], count: number): Uint8Array => {
  const bytes = new Uint8Array(32 * count)
  for (let i = 0; i < count; i++) bytes.set(element(pattern[i % pattern.length]!), 32 * i)
  return bytes
}
const pick = (chunks: Uint8Array, size: number, indices: readonly number[]): Uint8Array =>
  new Uint8Array(Buffer.concat(indices.map((i) => chunks.subarray(i * size, (i + 1) * size))))
const range = { instanceOf: RangeError }
/** Scalars that sit at the edges of limbs, digits and the field. */
const edges = [
  0n,
  1n,
  R - 1n,
  R / 2n,
  R / 2n + 1n,
  (1n << 204n) - 1n,
  (1n << 254n) - 1n,
  1n << 51n,
  1n << 50n,
]
const subset = (rows: number, least: number) =>
  fc
    .shuffledSubarray(
      Array.from({ length: rows }, (_, i) => i),
      { minLength: least },
    )
    .map((indices) => [...indices].sort((a, b) => a - b))

for (const { kind, kernel } of kernels) {
  test(`rows of random and structured elements are extended as the twin extends them (${kind})`, (t) => {
    const rows = [
      randomElements(4096),
      repeated(edges, 4096),
      repeated([R - 1n], 4096),
      new Uint8Array(131_072),
    ]
    for (const row of rows) t.deepEqual(kernel.extendRow(row), twin.extendRow(row))
  })

  test(`a row comes back from any 64 cells or more (${kind})`, (t) => {
    const extended = kernel.extendRow(repeated(edges, 4096))
    fc.assert(
      fc.property(subset(128, 64), (indices) => {
        t.deepEqual(kernel.recoverRow(indices, pick(extended, 2048, indices)), extended)
      }),
      { numRuns: 10 },
    )
    const all = Array.from({ length: 128 }, (_, i) => i)
    t.deepEqual(kernel.recoverRow(all, extended), extended)
  })

  test(`surplus cells that contradict the others are refused (${kind})`, (t) => {
    const extended = kernel.extendRow(randomElements(4096))
    const indices = Array.from({ length: 65 }, (_, i) => i)
    const some = pick(extended, 2048, indices)
    some[64 * 2048 + 31]! ^= 1
    t.throws(() => kernel.recoverRow(indices, some), range)
  })

  test(`bands are extended and restored as the twin does it (${kind})`, (t) => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 4, 8, 16),
        fc.integer({ min: 1, max: 9 }),
        fc.infiniteStream(fc.double()),
        (bands, length, order) => {
          const data = repeated([...edges, ...edges.map((x) => (x * x + BigInt(length)) % R)], bands * length)
          const extended = kernel.extendBands(bands, data)
          t.deepEqual(extended, twin.extendBands(bands, data))
          const indices = Array.from({ length: 2 * bands }, (_, i) => ({ i, key: order.next().value! }))
            .sort((a, b) => a.key - b.key)
            .slice(0, bands)
            .map(({ i }) => i)
            .sort((a, b) => a - b)
          t.deepEqual(kernel.recoverBands(bands, indices, pick(extended, 32 * length, indices)), extended)
        },
      ),
      { numRuns: 20 },
    )
  })

  test(`bands longer than the work region go through in slices (${kind})`, (t) => {
    const data = randomElements(8 * 2100)
    const extended = kernel.extendBands(8, data)
    const size = 32 * 2100
    const at = [0, 1023, 1024, 2099]
    const picked = at.map((i) =>
      pick(
        data,
        32,
        [0, 1, 2, 3, 4, 5, 6, 7].map((b) => b * 2100 + i),
      ),
    )
    picked.forEach((column, i) => {
      const expected = twin.extendBands(8, column)
      for (let b = 0; b < 16; b++) {
        t.deepEqual(
          extended.slice(b * size + 32 * at[i]!, b * size + 32 * at[i]! + 32),
          expected.slice(32 * b, 32 * b + 32),
        )
      }
    })
    const odd = [1, 3, 5, 7, 9, 11, 13, 15]
    t.deepEqual(kernel.recoverBands(8, odd, pick(extended, size, odd)), extended)
  })

  test(`results are written where the caller wants them, whatever lay there (${kind})`, (t) => {
    const row = randomElements(4096)
    const indices = Array.from({ length: 64 }, (_, i) => 2 * i + (i % 2))
    const data = randomElements(4 * 3)
    for (const field of [kernel, twin]) {
      const extended = field.extendRow(row)
      const spare = new Uint8Array(randomBytes(3 * extended.length))
      const into = spare.subarray(32, 32 + extended.length)
      const around = () => [spare.slice(0, 32), spare.slice(32 + extended.length)]
      const before = around()
      t.is(field.extendRow(row, into), into)
      t.deepEqual(into, extended)
      into.fill(0xff)
      t.is(field.recoverRow(indices, pick(extended, 2048, indices), into), into)
      t.deepEqual(into, extended)
      t.deepEqual(around(), before)

      // The data may lie in the first half of where the result goes.
      const columns = new Uint8Array(randomBytes(2 * data.length))
      columns.set(data)
      t.is(field.extendBands(4, columns.subarray(0, data.length), columns), columns)
      t.deepEqual(columns, field.extendBands(4, data))

      t.throws(() => field.extendRow(row, into.subarray(1)), range)
      t.throws(() => field.recoverRow(indices, pick(extended, 2048, indices), into.subarray(1)), range)
      t.throws(() => field.extendBands(4, data, columns.subarray(1)), range)
    }
  })

  test(`surplus bands that contradict the others are refused (${kind})`, (t) => {
    const extended = kernel.extendBands(4, randomElements(12))
    const wrong = pick(extended, 96, [0, 1, 2, 3, 4])
    wrong[wrong.length - 1]! ^= 1
    t.throws(() => kernel.recoverBands(4, [0, 1, 2, 3, 4], wrong), range)
  })

  test(`sums of vectors times scalars are the twin's (${kind})`, (t) => {
    const vectors = [randomElements(77), repeated(edges, 77), repeated([R - 1n], 77)]
    const scalars = [element(R - 1n), randomElements(1), element(0n)]
    t.deepEqual(kernel.combine(vectors, scalars), twin.combine(vectors, scalars))
    const many = Array.from({ length: 40 }, () => repeated([R - 1n, R / 2n], 2))
    const largest = many.map(() => element(R - 1n))
    t.deepEqual(kernel.combine(many, largest), twin.combine(many, largest))
  })

  test(`powers, coefficients and reduction are the twin's (${kind})`, (t) => {
    const x = randomElements(1)
    t.deepEqual(kernel.powers(x, 9), twin.powers(x, 9))
    for (const bands of [1, 2, 8]) {
      for (let band = bands; band < 2 * bands; band++) {
        t.deepEqual(kernel.bandCoefficients(bands, band), twin.bandCoefficients(bands, band))
      }
    }
    const digest = new Uint8Array(32).fill(0xff)
    t.deepEqual(kernel.reduce(digest), twin.reduce(digest))
  })

  test(`scalars that are not canonical and lengths that do not fit are refused (${kind})`, (t) => {
    const r = element(R)
    t.false(kernel.areCanonical(r))
    t.true(kernel.areCanonical(element(R - 1n)))
    t.true(kernel.areCanonical(new Uint8Array()))
    t.false(kernel.areCanonical(new Uint8Array(32).fill(255)))
    for (let at = 0; at < 3; at++) {
      const three = new Uint8Array(96)
      three.set(r, 32 * at)
      t.false(kernel.areCanonical(three))
    }
    t.throws(() => kernel.areCanonical(new Uint8Array(31)), range)
    const row = randomElements(4096)
    row.set(r, 32 * 4095)
    t.throws(() => kernel.extendRow(row), range)
    t.throws(() => kernel.combine([r], [element(1n)]), range)
    t.throws(() => kernel.combine([element(1n)], [r]), range)
    t.throws(() => kernel.combine([], []), range)
    t.throws(() => kernel.combine([element(1n), new Uint8Array(64)], [element(1n), element(1n)]), range)
    t.throws(() => kernel.powers(r, 2), range)
    t.throws(() => kernel.extendRow(new Uint8Array(131_071)), range)
    t.throws(() => kernel.extendBands(3, new Uint8Array(96)), range)
    t.throws(() => kernel.extendBands(128, new Uint8Array(128 * 32)), range)
    t.throws(() => kernel.recoverBands(2, [1, 0], new Uint8Array(64)), range)
    t.throws(() => kernel.recoverBands(2, [0, 4], new Uint8Array(64)), range)
    t.throws(() => kernel.recoverBands(2, [0], new Uint8Array(32)), range)
    t.throws(() => kernel.bandCoefficients(8, 7), range)
    t.throws(() => kernel.recoverRow([0, 0], new Uint8Array(4096)), range)
  })
}
