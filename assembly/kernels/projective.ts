// Points in projective coordinates (X : Y : Z), two side by side in the lanes, for few points and long chains of
// doublings, where a batch would not pay for its inversion. The formulas of Renes, Costello and Batina (2016,
// algorithms 7 and 9, a = 0, 3b = 12) are complete: equal points, opposite points and infinity need no branch.

import { add, multiply, ONE, PAIR, square, subtract, TWELVE } from './fp'
import { invertFirst, isInfinity, zeroLanes } from './batch'
import { LIMBS, SINGLE } from './fp'

export const PROJECTIVE: usize = 3 * PAIR

const T: usize = memory.data(2048, 16)

/** o = 2 a; o may be a. */
export function projectiveDouble(o: usize, a: usize): void {
  const x = a
  const y = a + PAIR
  const z = a + 2 * PAIR
  const t0 = T
  const t1 = T + PAIR
  const t2 = T + 2 * PAIR
  const x3 = T + 3 * PAIR
  const y3 = T + 4 * PAIR
  const z3 = T + 5 * PAIR
  square(t0, y, 1)
  add(z3, t0, t0, 1)
  add(z3, z3, z3, 1)
  add(z3, z3, z3, 1)
  multiply(t1, y, z, 1)
  square(t2, z, 1)
  multiply(t2, TWELVE, t2, 1)
  multiply(x3, t2, z3, 1)
  add(y3, t0, t2, 1)
  multiply(z3, t1, z3, 1)
  add(t1, t2, t2, 1)
  add(t2, t1, t2, 1)
  subtract(t0, t0, t2, 1)
  multiply(y3, t0, y3, 1)
  add(y3, x3, y3, 1)
  multiply(t1, x, y, 1)
  multiply(x3, t0, t1, 1)
  add(o, x3, x3, 1)
  memory.copy(o + PAIR, y3, 2 * PAIR)
}

/** o = a + b; o may be either. */
export function projectiveAdd(o: usize, a: usize, b: usize): void {
  const x1 = a
  const y1 = a + PAIR
  const z1 = a + 2 * PAIR
  const x2 = b
  const y2 = b + PAIR
  const z2 = b + 2 * PAIR
  const t0 = T
  const t1 = T + PAIR
  const t2 = T + 2 * PAIR
  const t3 = T + 3 * PAIR
  const t4 = T + 4 * PAIR
  const x3 = T + 5 * PAIR
  const y3 = T + 6 * PAIR
  const z3 = T + 7 * PAIR
  multiply(t0, x1, x2, 1)
  multiply(t1, y1, y2, 1)
  multiply(t2, z1, z2, 1)
  add(t3, x1, y1, 1)
  add(t4, x2, y2, 1)
  multiply(t3, t3, t4, 1)
  add(t4, t0, t1, 1)
  subtract(t3, t3, t4, 1)
  add(t4, y1, z1, 1)
  add(x3, y2, z2, 1)
  multiply(t4, t4, x3, 1)
  add(x3, t1, t2, 1)
  subtract(t4, t4, x3, 1)
  add(x3, x1, z1, 1)
  add(y3, x2, z2, 1)
  multiply(x3, x3, y3, 1)
  add(y3, t0, t2, 1)
  subtract(y3, x3, y3, 1)
  add(x3, t0, t0, 1)
  add(t0, x3, t0, 1)
  multiply(t2, TWELVE, t2, 1)
  add(z3, t1, t2, 1)
  subtract(t1, t1, t2, 1)
  multiply(y3, TWELVE, y3, 1)
  multiply(x3, t4, y3, 1)
  multiply(t2, t3, t1, 1)
  subtract(x3, t2, x3, 1)
  multiply(y3, y3, t0, 1)
  multiply(t1, t1, z3, 1)
  add(y3, t1, y3, 1)
  multiply(t0, t0, t3, 1)
  multiply(z3, z3, t4, 1)
  add(z3, z3, t0, 1)
  memory.copy(o, x3, 3 * PAIR)
}

/** Puts an affine point into one lane. */
export function toProjective(o: usize, point: usize, lane: usize): void {
  const infinite = isInfinity(point)
  const one = infinite ? T : ONE
  if (infinite) memory.fill(T, 0, PAIR)
  for (let i: usize = 0; i < <usize>LIMBS; i++) {
    const at = o + i * 16 + lane * 8
    store<u64>(at, load<u64>(point + i * 8))
    // Infinity is (0 : 1 : 0).
    store<u64>(at + PAIR, infinite ? load<u64>(ONE + i * 16) : load<u64>(point + SINGLE + i * 8))
    store<u64>(at + 2 * PAIR, load<u64>(one + i * 16))
  }
}

/** The point in lane 0, affine. */
export function toAffine(point: usize, a: usize): void {
  const inverse = T
  const x = T + PAIR
  const y = T + 2 * PAIR
  memory.copy(inverse, a + 2 * PAIR, PAIR)
  if (!invertFirst(inverse)) {
    memory.fill(point, 0, 2 * SINGLE)
    return
  }
  multiply(x, a, inverse, 1)
  multiply(y, a + PAIR, inverse, 1)
  for (let i: usize = 0; i < <usize>LIMBS; i++) {
    store<u64>(point + i * 8, load<u64>(x + i * 16))
    store<u64>(point + SINGLE + i * 8, load<u64>(y + i * 16))
  }
}

/** Bit k: in lane k the two points are equal (neither infinity, for b is taken as affine: Z = 1 is not looked at). */
export function equalsAffine(a: usize, b: usize): i32 {
  const left = T
  multiply(left, b, a + 2 * PAIR, 1)
  subtract(left, left, a, 1)
  const x = zeroLanes(left)
  multiply(left, b + PAIR, a + 2 * PAIR, 1)
  subtract(left, left, a + PAIR, 1)
  const y = zeroLanes(left)
  const infinite = zeroLanes(a + 2 * PAIR)
  return x & y & ~infinite
}
