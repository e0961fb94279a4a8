// Affine points as bytes: x then y, 48 bytes big-endian each; infinity is all zero.

import { LIMBS, PAIR, read, SINGLE, write } from './fp'
import { isInfinity, POINT, setInfinity } from './batch'

const COORDINATES: usize = memory.data(1024, 16)

/** n points from bytes; 1 if all coordinates are below p. */
export function readPoints(o: usize, bytes: usize, n: i32): i32 {
  let canonical = 1
  for (let i = 0; i < n; i++) {
    // x in lane 0, y in lane 1.
    canonical &= read(COORDINATES, bytes, bytes + 48, 1)
    let any: u64 = 0
    for (let k: usize = 0; k < 96; k += 8) any |= load<u64>(bytes + k)
    if (any == 0) setInfinity(o)
    else {
      for (let k = 0; k < LIMBS; k++) {
        store<u64>(o + <usize>k * 8, load<u64>(COORDINATES + <usize>k * 16))
        store<u64>(o + SINGLE + <usize>k * 8, load<u64>(COORDINATES + <usize>k * 16, 8))
      }
    }
    o += POINT
    bytes += 96
  }
  return canonical
}

/** n points to bytes. */
export function writePoints(bytes: usize, points: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    if (isInfinity(points)) memory.fill(bytes, 0, 96)
    else {
      for (let k = 0; k < LIMBS; k++) {
        store<u64>(COORDINATES + <usize>k * 16, load<u64>(points + <usize>k * 8))
        store<u64>(COORDINATES + <usize>k * 16, load<u64>(points + SINGLE + <usize>k * 8), 8)
      }
      write(bytes, bytes + 48, COORDINATES, 1)
    }
    points += POINT
    bytes += 96
  }
}
