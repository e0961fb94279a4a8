// Batches of affine additions and doublings that share one inversion (the passes are in fp.ts).
//
// The fast path never looks for equal or opposite points. If there is one, the product of all differences is zero,
// which the inversion tells; then the batch is mended: an equal point gets the difference 2y and the slope of a
// tangent, an opposite one the difference 1 and afterwards infinity as its sum. Infinity is a point whose y is all
// zero bits (no point of the curve has y = 0: there is none of order 2), and never enters a batch.

import {
  abscissas,
  CHAINS,
  copyPoint,
  doubledOrdinates,
  gatherDifferences,
  gatherOrdinates,
  LIMBS,
  multiply,
  ONE,
  ordinateDifferences,
  ordinates,
  PAIR,
  prefixProducts,
  read,
  RECORD,
  reduceDifferences,
  SINGLE,
  slopes,
  spreadInverses,
  tangentNumerators,
  tangents,
  write,
} from './fp'
import { invertWords } from './inverse'

export const POINT: usize = 2 * SINGLE
/** Lane pairs of a batch. */
const CAPACITY: i32 = 512

const CHAIN: usize = memory.data(2048, 16)
const TEMPORARY: usize = memory.data(2048, 16)
const BYTES: usize = memory.data(96, 16)
const WORDS: usize = memory.data(48, 16)
/** Where the second lane of an odd batch puts its sum. */
const TRASH: usize = memory.data(512, 16)

let records: usize = 0
let differences: usize = 0
let prefixes: usize = 0
let repairs: usize = 0
let queued: i32 = 0
let doubling: bool = false

/** Lays the work regions out from `at` on, and returns where they end. */
export function placeBatch(at: usize): usize {
  records = at
  differences = records + <usize>CAPACITY * RECORD
  prefixes = differences + <usize>CAPACITY * PAIR
  repairs = prefixes + <usize>CAPACITY * PAIR
  return repairs + <usize>(2 * CAPACITY) * REPAIR
}

/** The highest bit does not count: a negated zero of the floating-point module has it set. */
@inline
export function isInfinity(point: usize): bool {
  return load<u64>(point + SINGLE) << 1 == 0 && isZeroOrdinate(point + SINGLE)
}

function isZeroOrdinate(y: usize): bool {
  let any: u64 = 0
  for (let i = 0; i < LIMBS; i++) any |= load<u64>(y + <usize>i * 8)
  return any << 1 == 0
}

export function setInfinity(point: usize): void {
  memory.fill(point, 0, POINT)
}

/** o = p + q once the batch is flushed; bit 0 of an address negates. p and q must not be results of this batch. */
export function queueAddition(p: usize, q: usize, o: usize): void {
  if (isInfinity(q & ~1)) return copyPoint(o, p)
  if (isInfinity(p & ~1)) return copyPoint(o, q)
  enqueue(p, q, o)
}

/** o = 2p once the batch is flushed. A batch is of doublings or of additions, not of both. */
export function queueDoubling(p: usize, o: usize): void {
  if (isInfinity(p & ~1)) return setInfinity(o)
  doubling = true
  enqueue(p, p, o)
}

export function queueLength(): i32 {
  return queued
}

@inline
function enqueue(p: usize, q: usize, o: usize): void {
  const record = records + <usize>(queued >> 1) * RECORD
  const lane = <usize>(queued & 1)
  store<u32>(record + lane * 8, <u32>p)
  store<u32>(record + lane * 8, <u32>q, 4)
  store<u32>(record + lane * 4, <u32>o, 16)
  queued++
  if (queued == 2 * CAPACITY) flush()
}

/** Computes what is queued. */
export function flush(): void {
  if (queued == 0) return
  if (queued & 1) {
    const record = records + <usize>(queued >> 1) * RECORD
    store<u64>(record, load<u64>(record), 8)
    store<u32>(record, <u32>TRASH, 20)
    queued++
  }
  const n = queued >> 1
  if (doubling) doubleAll(n)
  else addAll(n)
  queued = 0
  doubling = false
}

function doubleAll(n: i32): void {
  resetChains()
  gatherOrdinates(n, records, differences, prefixes, CHAIN)
  invertChains()
  spreadInverses(n, differences, prefixes, CHAIN)
  tangents(n, records, prefixes)
  abscissas(n, records, prefixes, differences)
  ordinates(n, records, prefixes, differences)
}

function addAll(n: i32): void {
  resetChains()
  gatherDifferences(n, records, differences, prefixes, CHAIN)
  let mended = 0
  if (!invertChains()) {
    mended = mendDifferences(n)
    resetChains()
    prefixProducts(n, differences, prefixes, CHAIN)
    invertChains()
  }
  spreadInverses(n, differences, prefixes, CHAIN)
  if (mended) takeTangents(mended)
  slopes(n, records, prefixes)
  if (mended) putTangents(mended)
  abscissas(n, records, prefixes, differences)
  ordinates(n, records, prefixes, differences)
  if (mended) putInfinities(mended)
}

// ---- inversion ----

function resetChains(): void {
  for (let c = 0; c < CHAINS; c++) memory.copy(CHAIN + <usize>c * PAIR, ONE, PAIR)
}

/** Inverts the four chains in both lanes by one inversion; false, and chains as they were, if their product is zero. */
function invertChains(): bool {
  const a = CHAIN
  const b = a + PAIR
  const c = b + PAIR
  const d = c + PAIR
  const ab = TEMPORARY
  const cd = ab + PAIR
  const all = cd + PAIR
  const other = all + PAIR
  const inverse = other + PAIR
  multiply(ab, a, b, 1)
  multiply(cd, c, d, 1)
  multiply(all, ab, cd, 1)
  swapLanes(other, all)
  multiply(inverse, all, other, 1)
  if (!invertFirst(inverse)) return false
  // 1 / all, lane by lane, then halves of it.
  multiply(all, inverse, other, 1)
  multiply(other, all, cd, 1)
  multiply(inverse, all, ab, 1)
  multiply(ab, other, b, 1)
  multiply(b, other, a, 1)
  memory.copy(a, ab, PAIR)
  multiply(cd, inverse, d, 1)
  multiply(d, inverse, c, 1)
  memory.copy(c, cd, PAIR)
  return true
}

function swapLanes(o: usize, a: usize): void {
  for (let i: usize = 0; i < PAIR; i += 16) {
    const v = load<v128>(a + i)
    store<v128>(o + i, v128.shuffle<i64>(v, v, 1, 0))
  }
}

/** Both lanes become the inverse of lane 0; false if that is zero. */
export function invertFirst(a: usize): bool {
  write(BYTES, BYTES + 48, a, 1)
  for (let i: usize = 0; i < 6; i++) store<u64>(WORDS + 8 * i, bswap<u64>(load<u64>(BYTES + 40 - 8 * i)))
  if (invertWords(WORDS) == 0) return false
  for (let i: usize = 0; i < 6; i++) store<u64>(BYTES + 40 - 8 * i, bswap<u64>(load<u64>(WORDS + 8 * i)))
  read(a, BYTES, BYTES, 1)
  return true
}

// ---- equal and opposite points ----

/** A repair: place in the batch (lane in bit 0), whether opposite, the tangent's slope. */
const REPAIR: usize = 8 + 128

/** Replaces zero differences; returns how many there were. */
function mendDifferences(n: i32): i32 {
  let count = 0
  for (let i = 0; i < n; i++) {
    const difference = differences + <usize>i * PAIR
    reduceDifferences(TEMPORARY, difference, 1)
    const zero = zeroLanes(TEMPORARY)
    if (zero == 0) continue
    const record = records + <usize>i * RECORD
    ordinateDifferences(1, record, TEMPORARY)
    const equal = zeroLanes(TEMPORARY)
    doubledOrdinates(1, record, TEMPORARY)
    for (let lane = 0; lane < 2; lane++) {
      if (((zero >> lane) & 1) == 0) continue
      const opposite = ((equal >> lane) & 1) == 0
      copyLane(difference, opposite ? ONE : TEMPORARY, lane)
      const repair = repairs + <usize>count * REPAIR
      store<u32>(repair, 2 * i + lane)
      store<u32>(repair, opposite ? 1 : 0, 4)
      count++
    }
  }
  return count
}

/** Slopes of tangents, while `prefixes` still holds the inverses. */
function takeTangents(count: i32): void {
  for (let k = 0; k < count; k++) {
    const repair = repairs + <usize>k * REPAIR
    const place = load<u32>(repair)
    tangentNumerators(1, records + <usize>(place >> 1) * RECORD, TEMPORARY)
    multiply(TEMPORARY, TEMPORARY, prefixes + <usize>(place >> 1) * PAIR, 1)
    const from = TEMPORARY + <usize>(place & 1) * 8
    for (let i = 0; i < LIMBS; i++) store<u64>(repair + 8 + <usize>i * 8, load<u64>(from + <usize>i * 16))
  }
}

function putTangents(count: i32): void {
  for (let k = 0; k < count; k++) {
    const repair = repairs + <usize>k * REPAIR
    const place = load<u32>(repair)
    const to = prefixes + <usize>(place >> 1) * PAIR + <usize>(place & 1) * 8
    for (let i = 0; i < LIMBS; i++) store<u64>(to + <usize>i * 16, load<u64>(repair + 8 + <usize>i * 8))
  }
}

function putInfinities(count: i32): void {
  for (let k = 0; k < count; k++) {
    const repair = repairs + <usize>k * REPAIR
    if (load<u32>(repair, 4) == 0) continue
    const place = load<u32>(repair)
    const record = records + <usize>(place >> 1) * RECORD
    setInfinity(load<u32>(record + <usize>(place & 1) * 4, 16))
  }
}

/** Bit k: lane k of a reduced pair is zero modulo p. */
export function zeroLanes(a: usize): i32 {
  write(BYTES, BYTES + 48, a, 1)
  let any0: u64 = 0
  let any1: u64 = 0
  for (let i: usize = 0; i < 48; i += 8) {
    any0 |= load<u64>(BYTES + i)
    any1 |= load<u64>(BYTES + i, 48)
  }
  return i32(any0 == 0) | (i32(any1 == 0) << 1)
}

function copyLane(o: usize, a: usize, lane: i32): void {
  const at = <usize>lane * 8
  for (let i: usize = 0; i < PAIR; i += 16) store<u64>(o + at + i, load<u64>(a + at + i))
}
