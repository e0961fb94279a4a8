// Reading points that come from outside, with every check: encoding, curve, subgroup (EIP-4844, validate_kzg_g1).

import {
  add,
  BETA,
  FOUR,
  HALF_MODULUS,
  LIMBS,
  multiply,
  PAIR,
  read,
  ROOT_EXPONENT,
  SINGLE,
  square,
  squareTimes,
  subtract,
  write,
} from './fp'
import { copyPoint } from './fp'
import { flush, isInfinity, POINT, queueAddition, queueDoubling, setInfinity, zeroLanes } from './batch'
import { equalsAffine, PROJECTIVE, projectiveAdd, projectiveDouble, toProjective } from './projective'

const X: usize = memory.data(256, 16)
const Y: usize = memory.data(256, 16)
const RIGHT: usize = memory.data(256, 16)
const LEFT: usize = memory.data(256, 16)
const POWERS: usize = memory.data(4096, 16)
const BYTES: usize = memory.data(96, 16)
const CHAIN: usize = memory.data(1024, 16)
const START: usize = memory.data(1024, 16)
const HALFWAY: usize = memory.data(1024, 16)

/** |z|, the parameter of the curve: bits 63, 62, 60, 57, 48 and 16. */
const PARAMETER: u64 = 0xd201000000010000

/** Reads n compressed points (48 bytes each); returns the number of the first that is malformed, or -1. */
export function decompressPoints(o: usize, bytes: usize, n: i32): i32 {
  for (let i = 0; i < n; i += 2) {
    const second = i + 1 < n ? 1 : 0
    const bad0 = prepare(bytes, 0)
    const bad1 = prepare(bytes + <usize>second * 48, 1)
    if (bad0) return i
    const canonical = read(X, BYTES, BYTES + 48, 1)
    if (canonical == 0) {
      // Which of the two?
      return read(X, BYTES, BYTES, 1) == 0 ? i : i + second
    }
    rightSide()
    squareRoot()
    square(LEFT, Y, 1)
    subtract(LEFT, LEFT, RIGHT, 1)
    const onCurve = zeroLanes(LEFT)
    if ((onCurve & 1) == 0) return i
    if (bad1 || (onCurve & 2) == 0) return i + second
    write(BYTES, BYTES + 48, Y, 1)
    for (let lane = 0; lane <= second; lane++) {
      const source = bytes + <usize>lane * 48
      const flags = load<u8>(source)
      const point = o + <usize>lane * POINT
      if (flags & 0x40) setInfinity(point)
      else {
        const larger = isLarger(BYTES + <usize>lane * 48)
        fromLanes(point, lane)
        if (larger != ((flags >> 5) & 1)) negate(point)
      }
    }
    o += 2 * POINT
    bytes += 96
  }
  return -1
}

/** x of a compressed point to BYTES; 1 if flags are wrong. Infinity is read as x = 0, for which there is a y. */
function prepare(bytes: usize, lane: usize): i32 {
  const to = BYTES + lane * 48
  memory.copy(to, bytes, 48)
  const flags = load<u8>(bytes)
  store<u8>(to, flags & 0x1f)
  if ((flags & 0x80) == 0) return 1
  if ((flags & 0x40) == 0) return 0
  let any: u8 = flags & 0x3f
  for (let i: usize = 1; i < 48; i++) any |= load<u8>(bytes + i)
  memory.fill(to, 0, 48)
  return i32(any != 0)
}

/** RIGHT = X^3 + 4. */
function rightSide(): void {
  square(RIGHT, X, 1)
  multiply(RIGHT, RIGHT, X, 1)
  add(RIGHT, RIGHT, FOUR, 1)
}

/** Y = RIGHT^((p+1)/4), four bits at a time: a root if there is one. */
function squareRoot(): void {
  memory.copy(POWERS + PAIR, RIGHT, PAIR)
  for (let i: usize = 2; i < 16; i++) multiply(POWERS + i * PAIR, POWERS + (i - 1) * PAIR, RIGHT, 1)
  let started = false
  for (let i: usize = 0; i < 96; i++) {
    const digit = <usize>((load<u8>(ROOT_EXPONENT + (i >> 1)) >> (i & 1 ? 0 : 4)) & 15)
    if (started) {
      squareTimes(Y, 4)
      if (digit) multiply(Y, Y, POWERS + digit * PAIR, 1)
    } else if (digit) {
      memory.copy(Y, POWERS + digit * PAIR, PAIR)
      started = true
    }
  }
}

/** 1 if the 48 bytes are more than (p-1)/2. */
function isLarger(bytes: usize): i32 {
  for (let i: usize = 0; i < 48; i++) {
    const a = load<u8>(bytes + i)
    const b = load<u8>(HALF_MODULUS + i)
    if (a != b) return i32(a > b)
  }
  return 0
}

function fromLanes(point: usize, lane: i32): void {
  for (let i: usize = 0; i < <usize>LIMBS; i++) {
    store<u64>(point + i * 8, load<u64>(X + i * 16 + <usize>lane * 8))
    store<u64>(point + SINGLE + i * 8, load<u64>(Y + i * 16 + <usize>lane * 8))
  }
}

function negate(point: usize): void {
  copyPoint(TEMPORARY, point | 1)
  memory.copy(point, TEMPORARY, POINT)
}

const TEMPORARY: usize = memory.data(256, 16)

/** The number of the first of n affine points (limbs) that is neither infinity nor on the curve, or -1. */
export function offCurve(points: usize, n: i32): i32 {
  for (let i = 0; i < n; i++) {
    const point = points + <usize>i * POINT
    if (isInfinity(point)) {
      let any: u64 = 0
      for (let k: usize = 0; k < SINGLE; k += 8) any |= load<u64>(point + k)
      if (any != 0) return i
      continue
    }
    spread(X, point)
    spread(Y, point + SINGLE)
    rightSide()
    square(LEFT, Y, 1)
    subtract(LEFT, LEFT, RIGHT, 1)
    if (zeroLanes(LEFT) == 0) return i
  }
  return -1
}

function spread(o: usize, single: usize): void {
  for (let i: usize = 0; i < <usize>LIMBS; i++) {
    const limb = load<u64>(single + i * 8)
    store<u64>(o + i * 16, limb)
    store<u64>(o + i * 16, limb, 8)
  }
}

/** From how many points on the subgroup is checked in batches; measured. */
const FEW: i32 = 28

/**
 * The number of the first of n points on the curve that is outside the subgroup, or -1: P is inside just if
 * (BETA x, y) is -z^2 P (Scott 2021). `work` has room for 2n points.
 */
export function outsideSubgroup(points: usize, n: i32, work: usize): i32 {
  if (n >= FEW) return outsideInBatches(points, n, work)
  for (let i = 0; i < n; i += 2) {
    const first = points + <usize>i * POINT
    const other = i + 1 < n ? first + POINT : first
    toProjective(START, first, 0)
    toProjective(START, other, 1)
    timesParameter(HALFWAY, START)
    timesParameter(CHAIN, HALFWAY)
    // z^2 P against (BETA x, -y).
    multiply(START, START, BETA, 1)
    memory.fill(LEFT, 0, PAIR)
    subtract(START + PAIR, LEFT, START + PAIR, 1)
    const equal = equalsAffine(CHAIN, START)
    if ((equal & 1) == 0 && !isInfinity(first)) return i
    if ((equal & 2) == 0 && !isInfinity(other)) return i + 1
  }
  return -1
}

function timesParameter(o: usize, a: usize): void {
  memory.copy(o, a, PROJECTIVE)
  for (let bit = 62; bit >= 0; bit--) {
    projectiveDouble(o, o)
    if ((PARAMETER >> bit) & 1) projectiveAdd(o, o, a)
  }
}

function outsideInBatches(points: usize, n: i32, work: usize): i32 {
  const halfway = work + <usize>n * POINT
  batchTimesParameter(halfway, points, n)
  batchTimesParameter(work, halfway, n)
  for (let i = 0; i < n; i++) {
    const point = points + <usize>i * POINT
    const product = work + <usize>i * POINT
    if (isInfinity(point)) continue
    if (isInfinity(product)) return i
    spread(X, point)
    spread(Y, product + SINGLE)
    multiply(X, X, BETA, 1)
    spread(LEFT, product)
    subtract(LEFT, LEFT, X, 1)
    if (zeroLanes(LEFT) == 0) return i
    spread(LEFT, point + SINGLE)
    add(LEFT, LEFT, Y, 1)
    if (zeroLanes(LEFT) == 0) return i
  }
  return -1
}

function batchTimesParameter(o: usize, a: usize, n: i32): void {
  memory.copy(o, a, <usize>n * POINT)
  for (let bit = 62; bit >= 0; bit--) {
    for (let i: usize = 0; i < <usize>n; i++) queueDoubling(o + i * POINT, o + i * POINT)
    flush()
    if (((PARAMETER >> bit) & 1) == 0) continue
    for (let i: usize = 0; i < <usize>n; i++) queueAddition(o + i * POINT, a + i * POINT, o + i * POINT)
    flush()
  }
}
