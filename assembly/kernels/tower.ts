// The tower over Fp2: Fp6 = Fp2[v]/(v^3 - xi) and Fp12 = Fp6[w]/(w^2 - v), xi = 1 + u. Elements lie in memory,
// coefficients in ascending order: Fp6 is three elements of Fp2, Fp12 two of Fp6. Results may overwrite operands.
//
// The lanes hold the two halves of what is computed. An element of Fp12 is either spread, the same in both lanes, or
// packed, its half a0 in lane 0 and a1 in lane 1 of one element of Fp6: products of packed elements need two
// products of Fp6 instead of three.

import { add, LIMBS, ONE, PAIR, square, subtract } from './fp'
import { invertFirst } from './batch'
import { addXi2, FROBENIUS, FROBENIUS_SQUARED, mixFirst2, mixSecond2, mixThird2, multiply2, multiplySums2, negate, packLanes, scale2, spreadHigh, spreadLow, square2, squareSum2, swapLanes, timesXi2, tripleMinusDouble, triplePlusDouble } from './fp2'

export const F2: usize = 2 * PAIR
export const F6: usize = 3 * F2
export const F12: usize = 2 * F6

/** The curve's parameter without its sign. */
const X: u64 = 0xd201000000010000

/** Work of one operation of Fp6, of Fp12, and of what is made of those: regions that follow each other. */
let work6: usize = 0
let work12: usize = 0
let workPower: usize = 0

/** Takes its work region from `at` on; returns where it ends. */
export function placeTower(at: usize): usize {
  work6 = at
  work12 = work6 + 6 * F2
  workPower = work12 + 5 * F6
  return workPower + F6 + 4 * F12
}

/** Six products of Fp2 (Karatsuba). */
export function multiply6(o: usize, a: usize, b: usize): void {
  const v0 = work6
  const v1 = v0 + F2
  const v2 = v1 + F2
  const m0 = v2 + F2
  const m1 = m0 + F2
  const m2 = m1 + F2
  multiply2(v0, a, b)
  multiply2(v1, a + F2, b + F2)
  multiply2(v2, a + 2 * F2, b + 2 * F2)
  multiplySums2(m0, a + F2, a + 2 * F2, b + F2, b + 2 * F2, v1, v2)
  multiplySums2(m1, a, a + F2, b, b + F2, v0, v1)
  multiplySums2(m2, a, a + 2 * F2, b, b + 2 * F2, v0, v2)
  addXi2(o, v0, m0)
  addXi2(o + F2, m1, v2)
  add(o + 2 * F2, m2, v1, 2)
}

/** o = x (c + d v) with five products; c and d in Fp2. */
function multiplySparse6(o: usize, x: usize, c: usize, d: usize): void {
  const v0 = work6
  const v1 = v0 + F2
  const t = v1 + F2
  const m = t + F2
  const s = m + F2
  multiply2(v0, x, c)
  multiply2(v1, x + F2, d)
  multiply2(t, x + 2 * F2, d)
  multiply2(s, x + 2 * F2, c)
  multiplySums2(m, x, x + F2, c, d, v0, v1)
  addXi2(o, v0, t)
  memory.copy(o + F2, m, F2)
  add(o + 2 * F2, s, v1, 2)
}

/** o = a + v b. */
function addShifted6(o: usize, a: usize, b: usize): void {
  const t = work6
  addXi2(t, a, b + 2 * F2)
  add(t + F2, a + F2, b, 4)
  memory.copy(o, t, F6)
}

/** 1/a, spread. */
function invert6(o: usize, a: usize): void {
  const t0 = work12 + 3 * F6
  const t1 = t0 + F2
  const t2 = t1 + F2
  const s = t2 + F2
  const d = s + F2
  const a1 = a + F2
  const a2 = a + 2 * F2
  // t0 = a0^2 - xi a1 a2, t1 = xi a2^2 - a0 a1, t2 = a1^2 - a0 a2
  square2(t0, a)
  multiply2(s, a1, a2)
  timesXi2(s, s)
  subtract(t0, t0, s, 2)
  square2(t1, a2)
  timesXi2(t1, t1)
  multiply2(s, a, a1)
  subtract(t1, t1, s, 2)
  square2(t2, a1)
  multiply2(s, a, a2)
  subtract(t2, t2, s, 2)
  // d = a0 t0 + xi (a2 t1 + a1 t2)
  multiply2(s, a2, t1)
  multiply2(d, a1, t2)
  add(s, s, d, 2)
  multiply2(d, a, t0)
  addXi2(d, d, s)
  // 1/d = (d0 - d1 u) / (d0^2 + d1^2)
  square(s, d, 2)
  add(s, s, s + PAIR, 1)
  invertFirst(s)
  scale2(d, d, s)
  negate(d + PAIR, d + PAIR, 1)
  multiply2(o, t0, d)
  multiply2(o + F2, t1, d)
  multiply2(o + 2 * F2, t2, d)
}

export function setOne12(o: usize): void {
  memory.fill(o, 0, F12)
  memory.copy(o, ONE, PAIR)
}

/** A spread element, packed. */
export function pack12(o: usize, a: usize): void {
  packLanes(o, a, a + F6, 6 * LIMBS)
}

/** A packed element, spread. */
export function spread12(o: usize, a: usize): void {
  spreadHigh(o + F6, a, 6 * LIMBS)
  spreadLow(o, a, 6 * LIMBS)
}

/** Packed: (a0 b0 + v a1 b1 | (a0 + a1)(b0 + b1) - a0 b0 - a1 b1). */
function multiplyPacked12(o: usize, a: usize, b: usize): void {
  const t = work12
  const s = t + F6
  const u = s + F6
  swapLanes(s, a, 6 * LIMBS)
  add(s, s, a, 6)
  swapLanes(u, b, 6 * LIMBS)
  add(u, u, b, 6)
  multiply6(t, a, b)
  multiply6(s, s, u)
  swapLanes(u, t, 6 * LIMBS)
  subtract(s, s, t, 6)
  subtract(s, s, u, 6)
  addShifted6(t, t, u)
  packLanes(o, t, s, 6 * LIMBS)
}

/** Packed: (m - t - v t | 2 t) with t = a0 a1 and m = (a0 + a1)(a0 + v a1), which are one product of Fp6. */
export function squarePacked12(a: usize): void {
  const t = work12
  const s = t + F6
  const u = s + F6
  const w = u + F6
  swapLanes(s, a, 6 * LIMBS)
  add(t, a, s, 6)
  packLanes(t, a, t, 6 * LIMBS)
  addShifted6(u, s, a)
  packLanes(u, s, u, 6 * LIMBS)
  multiply6(t, t, u)
  swapLanes(s, t, 6 * LIMBS)
  add(w, s, s, 6)
  subtract(s, s, t, 6)
  negate(t, t, 6)
  addShifted6(s, s, t)
  packLanes(a, s, w, 6 * LIMBS)
}

/** Packed: f = f (c + d v + v w), a line of the Miller loop; c and d the same in both lanes. */
export function multiplyByLine12(f: usize, c: usize, d: usize): void {
  const p = work12
  const s = p + F6
  const t = s + F6
  swapLanes(s, f, 6 * LIMBS)
  multiplySparse6(p, f, c, d)
  // What is added of s = (f1 | f0): v^2 f1 in lane 0, v f0 in lane 1.
  packLanes(t, s + F2, s + 2 * F2, 2 * LIMBS)
  addXi2(f, p, t)
  timesXi2(t, s + 2 * F2)
  packLanes(t, t, s, 2 * LIMBS)
  add(f + F2, p + F2, t, 2)
  packLanes(t, s, s + F2, 2 * LIMBS)
  add(f + 2 * F2, p + 2 * F2, t, 2)
}

/** Spread elements. */
export function multiply12(o: usize, a: usize, b: usize): void {
  const u = work12 + 3 * F6
  const v = u + F6
  pack12(u, a)
  pack12(v, b)
  multiplyPacked12(u, u, v)
  spread12(o, u)
}

/** x -> x^(p^6): the inverse of elements of the cyclotomic subgroup. */
export function conjugate12(o: usize, a: usize): void {
  memory.copy(o, a, F6)
  negate(o + F6, a + F6, 6)
}

/** 1/a, spread. */
export function invert12(o: usize, a: usize): void {
  const t = work12
  const s = t + F6
  multiply6(t, a, a)
  multiply6(s, a + F6, a + F6)
  negate(s, s, 6)
  addShifted6(t, t, s)
  invert6(s, t)
  multiply6(o, a, s)
  multiply6(t, a + F6, s)
  negate(o + F6, t, 6)
}

/** x -> x^p: conjugates of the coefficients, that of w^i times xi^(i (p-1)/6). */
export function frobenius12(o: usize, a: usize): void {
  for (let k: usize = 0; k < 6; k++) {
    memory.copy(o + k * F2, a + k * F2, PAIR)
    negate(o + k * F2 + PAIR, a + k * F2 + PAIR, 1)
    const i = powerOfW(k)
    if (i > 0) multiply2(o + k * F2, o + k * F2, FROBENIUS + (i - 1) * F2)
  }
}

/** x -> x^(p^2). */
export function frobeniusSquared12(o: usize, a: usize): void {
  memory.copy(o, a, F2)
  for (let k: usize = 1; k < 6; k++) {
    scale2(o + k * F2, a + k * F2, FROBENIUS_SQUARED + (powerOfW(k) - 1) * PAIR)
  }
}

/** Coefficient k, the (k mod 3)rd of v in half k / 3, belongs to this power of w. */
function powerOfW(k: usize): usize {
  return 2 * (k % 3) + k / 3
}

/** Squares a spread element of the cyclotomic subgroup (Granger and Scott, 2010): three squares in Fp4. */
export function cyclotomicSquare12(o: usize, a: usize): void {
  const t = work12
  const c0 = a
  const c1 = a + F2
  const c2 = a + 2 * F2
  const c3 = a + 3 * F2
  const c4 = a + 4 * F2
  const c5 = a + 5 * F2
  square4(t, c0, c4)
  square4(t + 2 * F2, c3, c2)
  square4(t + 4 * F2, c1, c5)
  const t9 = t + 6 * F2
  timesXi2(t9, t + 5 * F2)
  tripleMinusDouble(o, t, c0, 2)
  tripleMinusDouble(o + F2, t + 2 * F2, c1, 2)
  tripleMinusDouble(o + 2 * F2, t + 4 * F2, c2, 2)
  triplePlusDouble(o + 3 * F2, t9, c3, 2)
  triplePlusDouble(o + 4 * F2, t + F2, c4, 2)
  triplePlusDouble(o + 5 * F2, t + 3 * F2, c5, 2)
}

/** (a + b s)^2 for s^2 = xi: xi b^2 + a^2, and 2 a b. */
function square4(o: usize, a: usize, b: usize): void {
  const x = work6
  const y = x + F2
  square2(x, a)
  square2(y, b)
  addXi2(o, x, y)
  squareSum2(o + F2, a, b, x, y)
}

/** The same with the coefficients laid out as (c0 | c4), (c3 | c1), (c2 | c5): five squares of Fp2 instead of nine. */
function squareCyclotomic(a: usize): void {
  const s = work12
  const t = s + F2
  const u = t + F2
  const x = a + F2
  const y = a + 2 * F2
  // (c0 + c4)^2 in both lanes
  swapLanes(u, a, 2 * LIMBS)
  add(u, u, a, 2)
  square2(u, u)
  square2(s, a)
  mixFirst2(a, s, u)
  square2(s, x)
  square2(t, y)
  squareSum2(u, x, y, s, t)
  addXi2(t, s, t)
  mixSecond2(x, t, u)
  mixThird2(y, t, u)
}

function layCyclotomic(o: usize, a: usize): void {
  packLanes(o, a, a + 4 * F2, 2 * LIMBS)
  packLanes(o + F2, a + 3 * F2, a + F2, 2 * LIMBS)
  packLanes(o + 2 * F2, a + 2 * F2, a + 5 * F2, 2 * LIMBS)
}

function spreadCyclotomic(o: usize, a: usize): void {
  spreadLow(o, a, 2 * LIMBS)
  spreadHigh(o + 4 * F2, a, 2 * LIMBS)
  spreadLow(o + 3 * F2, a + F2, 2 * LIMBS)
  spreadHigh(o + F2, a + F2, 2 * LIMBS)
  spreadLow(o + 2 * F2, a + 2 * F2, 2 * LIMBS)
  spreadHigh(o + 5 * F2, a + 2 * F2, 2 * LIMBS)
}

/** a^|x|, in the cyclotomic subgroup; a is the same in both lanes. */
function power(o: usize, a: usize): void {
  const base = workPower
  const packed = base + F12
  memory.copy(base, a, F12)
  layCyclotomic(packed, a)
  for (let i = 62; i >= 0; i--) {
    squareCyclotomic(packed)
    if ((X >> i) & 1) {
      spreadCyclotomic(o, packed)
      multiply12(o, o, base)
      layCyclotomic(packed, o)
    }
  }
  spreadCyclotomic(o, packed)
}

/**
 * f^(3 (p^12 - 1)/r), of f the same in both lanes: 1 if and only if f^((p^12 - 1)/r) is. The hard part is
 * (x - 1)^2 (x + p)(x^2 + p^2 - 1) + 3 (Hayashida, Hayasaka and Teruya, 2020).
 */
export function finalPower12(f: usize): void {
  const g = workPower + F12 + F6
  const t = g + F12
  const s = t + F12
  // f^(p^6 - 1), then to the power p^2 + 1.
  invert12(t, f)
  conjugate12(f, f)
  multiply12(f, f, t)
  frobeniusSquared12(t, f)
  multiply12(g, f, t)
  // x - 1 is -(|x| + 1), twice.
  power(t, g)
  multiply12(t, t, g)
  conjugate12(f, t)
  power(t, f)
  multiply12(t, t, f)
  conjugate12(f, t)
  // x + p
  power(t, f)
  conjugate12(t, t)
  frobenius12(s, f)
  multiply12(f, t, s)
  // x^2 + p^2 - 1
  power(t, f)
  power(t, t)
  frobeniusSquared12(s, f)
  multiply12(t, t, s)
  conjugate12(s, f)
  multiply12(f, t, s)
  // 3
  cyclotomicSquare12(t, g)
  multiply12(t, t, g)
  multiply12(f, f, t)
}
