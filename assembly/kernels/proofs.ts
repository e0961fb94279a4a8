// The last part of FK20: from the 128 sums to the 128 cell proofs by two transforms of 128 points over G1.
//
// With H_m the commitment to what is left of the row's polynomial above X^(64 m), proof k is the sum over m in 1..63
// of omega^(rev7(k) (m - 1)) H_m, and the sums are the transform, in bit-reversed order, of a vector that holds
// H_(t - 62) at place t (62 places come from the order of the setup's points; beyond 125 and below 63 are leavings of
// the cyclic product). So: transform back, take places 63 .. 125, transform forth.
//
// Multiplications by twiddles of one layer run in step, so that they share inversions. Twiddles are public and fixed:
// each comes as two halves over the endomorphism, in signed digits of five bits, computed once by the host.

import { endomorphism } from './variable'
import { flush, POINT, queueAddition, queueDoubling, setInfinity } from './batch'
import { copyPoint } from './fp'

const SIZE: i32 = 128
/** Signed digits of five bits in half a twiddle. */
const WINDOW: i32 = 5
const WINDOWS: i32 = 26
/** Bytes of a twiddle's digits: both halves, lowest first. */
const DIGITS: usize = 2 * 26
/** 1 P .. 16 P and their images. */
const MULTIPLES: i32 = 32

/** Points and digits of the multiplications of one layer. */
const SOURCES: usize = memory.data(512, 16)
const TWIDDLES: usize = memory.data(512, 16)
let listed: i32 = 0

/** Work space, in points, that `cellProofs` wants: two vectors, products, tables. */
const VECTORS: i32 = 2 * 128 + 64

/**
 * digits: for direction 0 (backward) and 1 (forward) and exponent 0 .. 63 the digits of omega_128^(-+ exponent).
 * work has room for 320 + 64 * (32 + 26) points. `sums` is overwritten.
 */
export function cellProofs(o: usize, sums: usize, digits: usize, work: usize): void {
  const other = work
  const products = other + <usize>SIZE * POINT
  const tables = work + <usize>VECTORS * POINT
  const forward = digits + 64 * DIGITS
  let from = sums
  let to = other
  // Back: bit-reversed to natural, without the factor 1/128, which the scalars had.
  for (let half = 1; half < SIZE; half <<= 1) {
    startProducts()
    for (let s = 0; s < SIZE; s += 2 * half) {
      for (let j = 1; j < half; j++) {
        addProduct(from + <usize>(s + j + half) * POINT, digits + <usize>(j * (64 / half)) * DIGITS)
      }
    }
    multiplyAll(products, tables)
    let next = 0
    if (half == SIZE / 2) break
    for (let s = 0; s < SIZE; s += 2 * half) {
      for (let j = 0; j < half; j++) {
        const u = from + <usize>(s + j) * POINT
        const v = j == 0 ? u + <usize>half * POINT : products + <usize>next * POINT
        if (j > 0) next++
        const place = to + <usize>(s + j) * POINT
        queueAddition(u, v, place)
        queueAddition(u, v | 1, place + <usize>half * POINT)
      }
    }
    flush()
    const t = from
    from = to
    to = t
  }
  // Of the last layer's 128 places only 63 .. 125: to the beginning of `to`.
  queueAddition(from + 63 * POINT, products + 62 * POINT, to)
  for (let j = 0; j < 62; j++) {
    const v = j == 0 ? from + 64 * POINT : products + <usize>(j - 1) * POINT
    queueAddition(from + <usize>j * POINT, v | 1, to + <usize>(j + 1) * POINT)
  }
  flush()
  // Nothing above: the first layer forth only multiplies.
  startProducts()
  for (let j = 1; j < 63; j++) addProduct(to + <usize>j * POINT, forward + <usize>j * DIGITS)
  multiplyAll(products, tables)
  for (let j = 0; j < 63; j++) {
    copyPoint(to + <usize>(j + 64) * POINT, j == 0 ? to : products + <usize>(j - 1) * POINT)
  }
  setInfinity(to + 63 * POINT)
  setInfinity(to + 127 * POINT)
  for (let half = 32; half > 0; half >>= 1) {
    const t = from
    from = to
    to = t
    for (let s = 0; s < SIZE; s += 2 * half) {
      for (let j = 0; j < half; j++) {
        const u = from + <usize>(s + j) * POINT
        const v = u + <usize>half * POINT
        const place = to + <usize>(s + j) * POINT
        queueAddition(u, v, place)
        queueAddition(u, v | 1, place + <usize>half * POINT)
      }
    }
    flush()
    startProducts()
    for (let s = 0; s < SIZE; s += 2 * half) {
      for (let j = 1; j < half; j++) {
        addProduct(to + <usize>(s + j + half) * POINT, forward + <usize>(j * (64 / half)) * DIGITS)
      }
    }
    multiplyAll(products, tables)
    for (let k = 0; k < listed; k++) {
      memory.copy(load<u32>(SOURCES + <usize>k * 4), products + <usize>k * POINT, POINT)
    }
  }
  memory.copy(o, to, <usize>SIZE * POINT)
}

@inline
function startProducts(): void {
  listed = 0
}

@inline
function addProduct(point: usize, digits: usize): void {
  store<u32>(SOURCES + <usize>listed * 4, <u32>point)
  store<u32>(TWIDDLES + <usize>listed * 4, <u32>digits)
  listed++
}

@inline
function multiple(tables: usize, k: i32, d: i32): usize {
  return tables + <usize>(k * MULTIPLES + d - 1) * POINT
}

/** products[k] = twiddle k times point k, for all that are listed. */
function multiplyAll(products: usize, tables: usize): void {
  if (listed == 0) return
  for (let k = 0; k < listed; k++) copyPoint(multiple(tables, k, 1), load<u32>(SOURCES + <usize>k * 4))
  // 2; 3, 4; 5 .. 8; 9 .. 16: even multiples are doubles, odd ones the next after those.
  for (let top = 1; top < 16; top *= 2) {
    for (let d = top / 2 + 1; d <= top; d++) {
      for (let k = 0; k < listed; k++) queueDoubling(multiple(tables, k, d), multiple(tables, k, 2 * d))
    }
    flush()
    for (let d = top + 1; d < 2 * top; d += 2) {
      for (let k = 0; k < listed; k++) {
        queueAddition(multiple(tables, k, d - 1), multiple(tables, k, 1), multiple(tables, k, d))
      }
    }
    flush()
  }
  for (let k = 0; k < listed; k++) endomorphism(multiple(tables, k, 17), multiple(tables, k, 1), 16)
  // What each window adds, of both halves, all in a few large batches.
  const terms = tables + <usize>(64 * MULTIPLES) * POINT
  for (let window = 0; window < WINDOWS; window++) {
    for (let k = 0; k < listed; k++) queueTerm(terms + <usize>(window * 64 + k) * POINT, tables, k, window)
  }
  flush()
  memory.copy(products, terms + <usize>((WINDOWS - 1) * 64) * POINT, <usize>listed * POINT)
  for (let window = WINDOWS - 2; window >= 0; window--) {
    for (let i = 0; i < WINDOW; i++) {
      for (let k: usize = 0; k < <usize>listed; k++) queueDoubling(products + k * POINT, products + k * POINT)
      flush()
    }
    for (let k = 0; k < listed; k++) {
      const product = products + <usize>k * POINT
      queueAddition(product, terms + <usize>(window * 64 + k) * POINT, product)
    }
    flush()
  }
}

/** o = the multiples that the digits of both halves name. */
function queueTerm(o: usize, tables: usize, k: i32, window: i32): void {
  const digits = <usize>load<u32>(TWIDDLES + <usize>k * 4) + <usize>window
  const p = multipleOf(tables, k, 0, <i32>load<i8>(digits))
  const q = multipleOf(tables, k, 16, <i32>load<i8>(digits + <usize>WINDOWS))
  if (p == 0 && q == 0) setInfinity(o)
  else if (p == 0) copyPoint(o, q)
  else if (q == 0) copyPoint(o, p)
  else queueAddition(p, q, o)
}

/** The point for a signed digit, with its sign in bit 0; 0 if there is none. */
@inline
function multipleOf(tables: usize, k: i32, first: i32, digit: i32): usize {
  if (digit == 0) return 0
  return digit < 0 ? multiple(tables, k, first - digit) | 1 : multiple(tables, k, first + digit)
}
