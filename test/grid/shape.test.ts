// Bands and lanes for every number of rows, against the sentences of DESIGN.

import test from 'ava'
import { shapeOf } from '../../src/grid/shape.ts'

test('B is the least power of two that is enough, up to maxBands; g shares the rows out', (t) => {
  for (const maxBands of [1, 2, 4, 8, 16, 32, 64]) {
    for (let n = 1; n <= 256; n++) {
      const { bands, lanes, zeroBands, tileBytes } = shapeOf(n, maxBands)
      let least = 1
      while (least < n) least *= 2
      t.is(bands, Math.min(maxBands, least))
      t.is(lanes, Math.ceil(n / bands))
      t.is(tileBytes, lanes * 2_048)
      const used = new Set(Array.from({ length: n }, (_, row) => Math.floor(row / lanes)))
      t.is(zeroBands, bands - used.size)
      t.true(zeroBands < bands)
    }
  }
})

test('the examples of the protocol page', (t) => {
  t.like(shapeOf(0, 8), { bands: 0, lanes: 0, zeroBands: 0 })
  t.like(shapeOf(1, 8), { bands: 1, lanes: 1, zeroBands: 0 })
  t.like(shapeOf(3, 8), { bands: 4, lanes: 1, zeroBands: 1 })
  t.like(shapeOf(9, 8), { bands: 8, lanes: 2, zeroBands: 3 })
  t.like(shapeOf(25, 8), { bands: 8, lanes: 4, zeroBands: 1 })
  t.like(shapeOf(256, 64), { bands: 64, lanes: 4, zeroBands: 0 })
})

test('row counts and maxBands outside the limits are refused', (t) => {
  for (const n of [-1, 257, 1.5, Number.NaN]) t.throws(() => shapeOf(n, 8), { instanceOf: RangeError })
  for (const b of [0, 3, 128, -8, 1.5]) t.throws(() => shapeOf(1, b), { instanceOf: RangeError })
})
