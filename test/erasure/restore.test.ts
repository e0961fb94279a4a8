// Restoring by counting and by arithmetic: the worst patterns of DESIGN (a square of (B+1) by 65 missing tiles cannot
// be restored, one fewer can), zero bands, and agreement of the two on random patterns.

import { randomBytes } from 'node:crypto'
import test from 'ava'
import fc from 'fast-check'
import { isRestorable, restoreTiles, type Tiles } from '../../src/erasure/restore.ts'
import { loadKernels } from '../../src/kernel/load.ts'
import { createFieldKernel } from '../../src/kernel/wasm-field.ts'

const kernel = createFieldKernel(await loadKernels())

/** All 2B * 128 tiles of a random grid whose last `zeroBands` data bands are zero. */
const gridOf = (bands: number, lanes: number, zeroBands: number): readonly Uint8Array[] => {
  const size = lanes * 2_048
  const data = Array.from({ length: bands }, (_, band) =>
    Array.from({ length: lanes }, () => {
      const row = new Uint8Array(131_072)
      if (band < bands - zeroBands) row.set(randomBytes(row.length))
      for (let at = 0; at < row.length; at += 32) row[at] = row[at]! & 0x3f
      return kernel.extendRow(row)
    }),
  )
  const tiles: Uint8Array[] = new Array(2 * bands * 128)
  for (let k = 0; k < 128; k++) {
    const column = new Uint8Array(bands * size)
    data.forEach((rows, band) => {
      rows.forEach((cells, lane) => {
        column.set(cells.subarray(k * 2_048, (k + 1) * 2_048), band * size + lane * 2_048)
      })
    })
    const all = kernel.extendBands(bands, column)
    for (let band = 0; band < 2 * bands; band++) {
      tiles[band * 128 + k] = all.subarray(band * size, (band + 1) * size)
    }
  }
  return tiles
}

/** Places without the square of these bands and columns, but with `kept` of its tiles. */
const without = (
  bandsMissing: readonly number[],
  columnsMissing: readonly number[],
  total: number,
  kept = 0,
) => {
  const square = new Set(bandsMissing.flatMap((b) => columnsMissing.map((k) => b * 128 + k)).slice(kept))
  return Array.from({ length: total }, (_, place) => !square.has(place))
}

const span = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i)
const masked = (tiles: readonly Uint8Array[], known: readonly boolean[]): Tiles =>
  tiles.map((tile, i) => (known[i] ? tile : undefined))

const isDataOf = (restored: readonly Uint8Array[], tiles: readonly Uint8Array[]): boolean =>
  restored.every((tile, i) => Buffer.compare(tile, tiles[Math.floor(i / 64) * 128 + (i % 64)]!) === 0)

test('a square of (B+1) by 65 missing tiles cannot be restored, one fewer can', (t) => {
  for (const bands of [2, 4, 8, 64]) {
    const shape = { bands, zeroBands: 0 }
    for (const [b, k] of [
      [0, 0],
      [bands - 1, 63],
      [1, 30],
    ] as const) {
      const square = without(span(b, bands + 1), span(k, 65), 2 * bands * 128)
      t.false(isRestorable(shape, square))
      t.true(isRestorable(shape, without(span(b, bands + 1), span(k, 65), 2 * bands * 128, 1)))
    }
    t.true(isRestorable(shape, without(span(0, bands), span(0, 128), 2 * bands * 128)))
    t.true(isRestorable(shape, without(span(0, 2 * bands), span(0, 64), 2 * bands * 128)))
  }
})

test('for B = 1 the block is lost with 65 of the 128 columns, and not with 64', (t) => {
  const shape = { bands: 1, zeroBands: 0 }
  t.false(isRestorable(shape, without([0, 1], span(0, 65), 256)))
  t.true(isRestorable(shape, without([0, 1], span(0, 64), 256)))
  t.true(isRestorable(shape, without([0], span(0, 65), 256)))
})

test('zero bands count as known: with them a square must lie among the others', (t) => {
  const shape = { bands: 4, zeroBands: 2 }
  t.true(isRestorable(shape, without(span(0, 5), span(0, 65), 1024)))
  t.false(isRestorable(shape, without([0, 1, 4, 5, 6], span(0, 65), 1024)))
})

test('the arithmetic restores the worst pattern that can be, and gives up on the one that cannot', (t) => {
  for (const [bands, lanes, zeroBands] of [
    [1, 1, 0],
    [2, 2, 0],
    [2, 1, 1],
  ] as const) {
    const shape = { bands, lanes, zeroBands }
    const tiles = gridOf(bands, lanes, zeroBands)
    const missingBands = bands === 1 ? [0, 1] : zeroBands === 1 ? [0, 2, 3] : [0, 1, 3]
    const kept = bands === 1 ? 66 : 1
    const worst = without(missingBands, span(40, 65), tiles.length, kept)
    const lost = without(missingBands, span(40, 65), tiles.length)
    const restored = restoreTiles(kernel, shape, masked(tiles, worst))
    t.truthy(restored)
    t.true(isDataOf(restored!, tiles))
    t.is(restored!.length, bands * 64)
    t.is(restoreTiles(kernel, shape, masked(tiles, lost)), undefined)
  }
})

test('extended tiles alone restore the data', (t) => {
  const tiles = gridOf(2, 1, 0)
  const known = tiles.map((_, place) => place >= 256 && place % 2 === 1)
  const restored = restoreTiles(kernel, { bands: 2, lanes: 1, zeroBands: 0 }, masked(tiles, known))
  t.true(isDataOf(restored!, tiles))
})

test('the counting and the arithmetic agree on any pattern', (t) => {
  const zeroKernel = {
    recoverRow: () => new Uint8Array(262_144),
    recoverBands: (bands: number, _: readonly number[], chunks: Uint8Array) =>
      new Uint8Array((chunks.length / bands) * 2 * bands),
  }
  const tile = new Uint8Array(2_048)
  const pattern = fc.record({
    bands: fc.constantFrom(1, 2, 4),
    zero: fc.nat(3),
    seed: fc.nat(),
    permille: fc.integer({ min: 550, max: 850 }),
  })
  const seen = new Set<boolean>()
  fc.assert(
    fc.property(pattern, ({ bands, zero, seed, permille }) => {
      const shape = { bands, lanes: 1, zeroBands: zero % bands }
      let state = seed
      const known = span(0, 2 * bands * 128).map(() => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
        return (state >>> 8) % 1_000 >= permille
      })
      const counted = isRestorable(shape, known)
      seen.add(counted)
      return (
        counted ===
        (restoreTiles(
          zeroKernel,
          shape,
          masked(
            known.map(() => tile),
            known,
          ),
        ) !==
          undefined)
      )
    }),
    { numRuns: 150 },
  )
  t.is(seen.size, 2)
})

test('tiles of another size or too many are refused', (t) => {
  const shape = { bands: 1, lanes: 1, zeroBands: 0 }
  t.throws(() => restoreTiles(kernel, shape, [new Uint8Array(2_047)]), { instanceOf: RangeError })
  t.throws(() => restoreTiles(kernel, shape, new Array(257).fill(undefined)), { instanceOf: RangeError })
})
