// Transforms over the scalar field, tables of twiddles, and restoring what an erasure took.
//
// A vector of 2n scalars lies in n pairs, pair i holding elements i and i + n: the lanes are the two halves. `Dit`
// takes its input in bit-reversed order and leaves natural order, `Dif` the other way round, so that nothing is ever
// permuted. "Rows" are vectors of `count` pairs that are transformed side by side, element by element.

import {
  accumulate,
  butterfliesDif,
  butterfliesDit,
  centre,
  crossDif,
  crossDit,
  LIMBS,
  multiply,
  ONE,
  PAIR,
  scale,
  vanish,
} from './fr'

const SINGLE: usize = PAIR / 2
const POWER: usize = memory.data(2048, 16)

/** 2n scalars, bit-reversed to natural. Twiddles as `spread` makes them; cross[i] = (1, w^i). */
export function transformDit(x: usize, n: i32, twiddles: usize, cross: usize): void {
  rowsDit(x, n, 1, twiddles)
  crossDit(x, n, cross)
}

/** 2n scalars, natural to bit-reversed. */
export function transformDif(x: usize, n: i32, twiddles: usize, cross: usize): void {
  crossDif(x, n, cross)
  rowsDif(x, n, 1, twiddles)
}

/** `rows` vectors of `count` pairs, bit-reversed to natural. */
export function rowsDit(x: usize, rows: i32, count: i32, twiddles: usize): void {
  for (let half = 1; half < rows; half <<= 1) {
    const distance = <usize>(half * count) * PAIR
    if (count == 1) {
      for (let s = 0; s < rows; s += 2 * half) {
        const u = x + <usize>s * PAIR
        butterfliesDit(u, u + distance, half, twiddles, SINGLE)
      }
    } else {
      for (let s = 0; s < rows; s += 2 * half) {
        for (let j = 0; j < half; j++) {
          const u = x + <usize>((s + j) * count) * PAIR
          butterfliesDit(u, u + distance, count, twiddles + <usize>j * SINGLE, 0)
        }
      }
    }
    twiddles += <usize>half * SINGLE
  }
}

/** `rows` vectors of `count` pairs, natural to bit-reversed. */
export function rowsDif(x: usize, rows: i32, count: i32, twiddles: usize): void {
  for (let half = rows >> 1; half > 0; half >>= 1) {
    const distance = <usize>(half * count) * PAIR
    const table = twiddles + <usize>(half - 1) * SINGLE
    if (count == 1) {
      for (let s = 0; s < rows; s += 2 * half) {
        const u = x + <usize>s * PAIR
        butterfliesDif(u, u + distance, half, table, SINGLE)
      }
    } else {
      for (let s = 0; s < rows; s += 2 * half) {
        for (let j = 0; j < half; j++) {
          const u = x + <usize>((s + j) * count) * PAIR
          butterfliesDif(u, u + distance, count, table + <usize>j * SINGLE, 0)
        }
      }
    }
  }
}

/** o[i] = start * ratio^i for i < n, as constants. */
export function geometric(o: usize, start: usize, ratio: usize, n: i32): void {
  memory.copy(POWER, start, PAIR)
  for (let i = 0; i < n; i++) {
    centre(o, POWER, 1)
    multiply(POWER, o, ratio, 1)
    o += PAIR
  }
}

/** Of cross[i] = (1, w^i), w a root of order 2n: for half = 1, 2, .. n/2 the powers 0 .. half-1 of a root of order 2 half. */
export function spread(table: usize, cross: usize, n: i32): void {
  for (let half = 1; half < n; half <<= 1) {
    const step = <usize>(n / half) * PAIR
    for (let j = 0; j < half; j++) {
      lane(table, cross + <usize>j * step, 1)
      table += SINGLE
    }
  }
}

/** The element in one lane of a pair, 8 bytes a limb. */
export function lane(o: usize, pair: usize, which: i32): void {
  pair += <usize>which * 8
  for (let i = 0; i < LIMBS; i++) {
    store<u64>(o, load<u64>(pair))
    o += 8
    pair += 16
  }
}

/** Pairs of (u[i], u[i + n]) and (v[i], v[i + n]) to (u[i], v[i]) and (u[i + n], v[i + n]). */
export function swapHalves(o0: usize, o1: usize, u: usize, v: usize, n: i32): void {
  for (let i = 0; i < n * LIMBS; i++) {
    const a = load<v128>(u)
    const b = load<v128>(v)
    store<v128>(o0, v128.shuffle<i64>(a, b, 0, 2))
    store<v128>(o1, v128.shuffle<i64>(a, b, 1, 3))
    o0 += 16
    o1 += 16
    u += 16
    v += 16
  }
}

/** o = a^(r-2), lane by lane: the inverse, and 0 of 0. `exponent` is r - 2, 32 bytes big-endian. */
export function invert(o: usize, a: usize, exponent: usize): void {
  const base = POWER + PAIR
  memory.copy(base, a, PAIR)
  memory.copy(POWER, ONE, PAIR)
  for (let i: usize = 0; i < 256; i++) {
    multiply(POWER, POWER, POWER, 1)
    if ((<i32>load<u8>(exponent + (i >> 3)) >> <i32>(7 - (i & 7))) & 1) multiply(POWER, POWER, base, 1)
  }
  memory.copy(o, POWER, PAIR)
}

/** Inverses of n pairs, none zero, in place; `work` holds n pairs. */
export function invertAll(x: usize, n: i32, work: usize, exponent: usize): void {
  const product = POWER + 2 * PAIR
  memory.copy(product, ONE, PAIR)
  for (let i = 0; i < n; i++) {
    memory.copy(work + <usize>i * PAIR, product, PAIR)
    multiply(product, product, x + <usize>i * PAIR, 1)
  }
  invert(product, product, exponent)
  for (let i = n - 1; i >= 0; i--) {
    const at = x + <usize>i * PAIR
    multiply(work + <usize>i * PAIR, work + <usize>i * PAIR, product, 1)
    multiply(product, product, at, 1)
    memory.copy(at, work + <usize>i * PAIR, PAIR)
  }
}

/**
 * At each of `rows` nodes (constants, two to a pair) the product of its differences to the missing nodes, itself left
 * out: for z, the polynomial that vanishes at the missing ones, z at known nodes and its derivative at missing ones.
 * `missing` holds the missing nodes' numbers, one byte each.
 */
export function vanishing(values: usize, nodes: usize, rows: i32, missing: usize, count: i32): void {
  const pairs = rows >> 1
  for (let i = 0; i < pairs; i++) memory.copy(values + <usize>i * PAIR, ONE, PAIR)
  const zero = POWER + 3 * PAIR
  const kept = POWER + 2 * PAIR
  for (let m = 0; m < count; m++) {
    const k = <i32>load<u8>(missing + <usize>m)
    const own = <usize>(k >> 1) * PAIR
    lane(zero, nodes + own, k & 1)
    memory.copy(kept, values + own, PAIR)
    vanish(values, nodes, pairs, zero)
    // The missing node's own difference is zero.
    for (let i: usize = <usize>(k & 1) * 8; i < PAIR; i += 16) {
      store<u64>(values + own + i, load<u64>(kept + i))
    }
  }
}

/**
 * From the values of polynomials f of degree below rows / 2 at the roots of order `rows`, bit-reversed, restores those
 * of missing rows: x is `rows` vectors of `count` pairs, missing ones zero. With z as above, D = f z has known values
 * everywhere, and where z is zero D' = f z'. Two steps, between which the host can look at D's upper coefficients:
 * `productRows` leaves the coefficients of D times `rows`, `derivedRows` the restored values in the missing rows.
 */
export function productRows(x: usize, rows: i32, count: i32, backward: usize, at: usize): void {
  for (let k = 0; k < rows; k++) scaleRow(x, k, count, at)
  rowsDit(x, rows, count, backward)
}

/** `degrees` holds j / rows for each j < rows, 8 bytes a limb; `inverses` 1 / z' at the missing nodes, two to a pair. */
export function derivedRows(
  x: usize,
  rows: i32,
  count: i32,
  forward: usize,
  degrees: usize,
  inverses: usize,
  missing: usize,
  missingCount: i32,
): void {
  for (let j = 1; j < rows; j++) {
    scale(row(x, j - 1, count), row(x, j, count), count, degrees + <usize>j * SINGLE)
  }
  memory.fill(row(x, rows - 1, count), 0, <usize>count * PAIR)
  rowsDif(x, rows, count, forward)
  for (let m = 0; m < missingCount; m++) scaleRow(x, <i32>load<u8>(missing + <usize>m), count, inverses)
}

/** Row k times factor k; factors lie two to a pair. */
function scaleRow(x: usize, k: i32, count: i32, factors: usize): void {
  const factor = POWER + 3 * PAIR
  lane(factor, factors + <usize>(k >> 1) * PAIR, k & 1)
  scale(row(x, k, count), row(x, k, count), count, factor)
}

@inline
function row(x: usize, k: i32, count: i32): usize {
  return x + <usize>(k * count) * PAIR
}

/** o += w * u for n pairs; w one scalar in both lanes of a pair. */
export function accumulateScaled(o: usize, u: usize, n: i32, w: usize): void {
  const factor = POWER + 3 * PAIR
  lane(factor, w, 0)
  accumulate(o, u, n, factor)
}
