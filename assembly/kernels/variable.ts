// Sums over points that come with the call. Scalars have at most 128 bits: longer ones are split beforehand over the
// endomorphism (x, y) -> (BETA x, y), which multiplies by -z^2. Each window has buckets of its own; its sum, times a
// power of two, is added up in projective coordinates.

import { BETA, copyPoint, LIMBS, multiply, PAIR, SINGLE } from './fp'
import { isInfinity, POINT, setInfinity } from './batch'
import { horner, reduceBuckets, startSums, walk, windowOf } from './buckets'
import { biasScalars, enterDigit } from './fixed'
import { PROJECTIVE, projectiveAdd, projectiveDouble, toAffine, toProjective } from './projective'

const SUM: usize = memory.data(1024, 16)
const TERM: usize = memory.data(1024, 16)
const X: usize = memory.data(256, 16)

/** o[i] = z^2 P_i for points of the subgroup: (BETA x, -y). */
export function endomorphism(o: usize, points: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    const to = o + <usize>i * POINT
    const point = points + <usize>i * POINT
    if (isInfinity(point)) {
      setInfinity(to)
      continue
    }
    copyPoint(to, point | 1)
    for (let k: usize = 0; k < <usize>LIMBS; k++) store<u64>(X + k * 16, load<u64>(point + k * 8))
    multiply(X, X, BETA, 1)
    for (let k: usize = 0; k < <usize>LIMBS; k++) store<u64>(to + k * 8, load<u64>(X + k * 16))
  }
}

/**
 * o = sum of scalars[i] * points[i] for i < n, scalars below 2^128 in 32 big-endian bytes (overwritten), windows of
 * w bits. `terms` has room for (w + 1) * windows points.
 */
export function variableSum(o: usize, points: usize, scalars: usize, n: i32, w: i32, terms: usize): void {
  const windows = (129 + w - 1) / w
  const perGroup = (1 << (w - 1)) + 1
  biasScalars(scalars, scalars, n, w, windows)
  startSums(windows * perGroup)
  for (let i = 0; i < n; i++) {
    const scalar = scalars + <usize>i * 32
    const point = points + <usize>i * POINT
    if (isInfinity(point)) continue
    for (let j = 0; j < windows; j++) {
      enterDigit(j * perGroup, windowOf(scalar, j * w, w), j == windows - 1, w, point)
    }
  }
  walk()
  reduceBuckets(windows, w, terms)
  const sums = terms + <usize>(windows * w) * POINT
  horner(windows, w, terms, sums)
  memory.fill(SUM, 0, PROJECTIVE)
  for (let lane: usize = 0; lane < 2; lane++) {
    toProjective(SUM, sums + <usize>(windows - 1) * POINT, lane)
    toProjective(TERM, sums, lane)
  }
  for (let j = windows - 2; j >= 0; j--) {
    for (let k = 0; k < w; k++) projectiveDouble(SUM, SUM)
    toProjective(TERM, sums + <usize>j * POINT, 0)
    projectiveAdd(SUM, SUM, TERM)
  }
  toAffine(o, SUM)
}
