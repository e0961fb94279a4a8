// The sampling bound against the numbers in DESIGN and against an exact computation in bigints.

import test from 'ava'
import {
  failureProbability,
  leastMissing,
  requiredSamples,
  sampledBands,
  sampledTiles,
} from '../../src/grid/sampling-bound.ts'

/** C(n, k), exact. */
const choose = (n: number, k: number): bigint => {
  let result = 1n
  for (let i = 0; i < k; i++) result = (result * BigInt(n - i)) / BigInt(i + 1)
  return result
}

test('for B = 8 without zero bands 16 samples leave 0.45 %, and B = 64 needs 18 for as much', (t) => {
  const eight = { bands: 8, zeroBands: 0 }
  t.is((100 * failureProbability(eight, 16)).toFixed(2), '0.45')
  t.is(requiredSamples({ ...eight, confidence: 0.995 }), 16)
  t.is(requiredSamples({ bands: 64, zeroBands: 0, confidence: 0.995 }), 18)
})

test('the probability is the hypergeometric one', (t) => {
  for (const [bands, zeroBands] of [
    [1, 0],
    [2, 0],
    [2, 1],
    [8, 3],
    [16, 0],
    [64, 5],
  ] as const) {
    const total = (bands === 1 ? 1 : 2 * bands - zeroBands) * 128
    const missing = bands === 1 ? 65 : (bands + 1) * 65
    t.is(sampledTiles({ bands, zeroBands }), total)
    t.is(leastMissing({ bands }), missing)
    for (const samples of [0, 1, 5, 16, 30]) {
      const exact = Number((choose(total - missing, samples) * 10n ** 18n) / choose(total, samples)) / 1e18
      t.true(Math.abs(failureProbability({ bands, zeroBands }, samples) - exact) < 1e-12)
    }
  }
})

test('the number of samples is the least that suffices', (t) => {
  for (const bands of [1, 2, 4, 8, 16, 32, 64]) {
    for (const confidence of [0.5, 0.99, 0.995, 0.999_999]) {
      const samples = requiredSamples({ bands, zeroBands: 0, confidence })
      t.true(failureProbability({ bands, zeroBands: 0 }, samples) <= 1 - confidence)
      t.true(failureProbability({ bands, zeroBands: 0 }, samples - 1) > 1 - confidence)
    }
  }
})

test('samples never exceed what there is', (t) => {
  t.is(requiredSamples({ bands: 1, zeroBands: 0, confidence: 1 - Number.EPSILON }) <= 64, true)
  t.is(failureProbability({ bands: 1, zeroBands: 0 }, 64), 0)
  t.is(requiredSamples({ bands: 0, zeroBands: 0, confidence: 0.995 }), 0)
})

test('zero bands are not sampled, and of B = 1 only band 0', (t) => {
  t.deepEqual(sampledBands({ bands: 1, zeroBands: 0 }), [0])
  t.deepEqual(sampledBands({ bands: 4, zeroBands: 1 }), [0, 1, 2, 4, 5, 6, 7])
  t.deepEqual(sampledBands({ bands: 0, zeroBands: 0 }), [])
})

test('a confidence outside 0..1 is refused', (t) => {
  for (const confidence of [0, 1, -1, 2, Number.NaN]) {
    t.throws(() => requiredSamples({ bands: 8, zeroBands: 0, confidence }), { instanceOf: RangeError })
  }
})
