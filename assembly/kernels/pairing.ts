// A product of two pairings whose second arguments are fixed: one Miller loop for both, whose lines are computed side
// by side in the lanes, and one final power. The lines of the fixed points are a table: of each step the slope l and m = l x - y on the twist, whose
// value at (X, Y), up to factors that the final power takes away, is m/Y - l X/Y v + v w.

import { LIMBS, multiply, PAIR } from './fp'
import { invertFirst } from './batch'
import { negate, packLanes, scale2, spreadHigh, spreadLow, swapLanes } from './fp2'
import { F12, F2, finalPower12, multiplyByLine12, setOne12, spread12, squarePacked12 } from './tower'

/** Lines of a pairing: 63 doublings and 5 additions; l and m are four pairs. */
export const LINES: i32 = 68
const LINE: usize = 2 * F2

/** The curve's parameter without its sign, without its leading bit. The sign only conjugates the result. */
const X: u64 = 0xd201000000010000

let work: usize = 0

/** Takes its work region from `at` on; returns where it ends. */
export function placePairing(at: usize): usize {
  work = at
  return at + 4 * PAIR + 4 * F2 + F12
}

/**
 * f = the final power of the product of both lanes' pairings. x and y: the pairs of the points' coordinates; no
 * point is infinity.
 */
export function pairingProduct(f: usize, x: usize, y: usize, lines: usize): void {
  const inverse = work
  const ratio = inverse + PAIR
  const swapped = ratio + PAIR
  const c = swapped + PAIR
  const d = c + F2
  const c0 = d + F2
  const d0 = c0 + F2
  const packed = d0 + F2
  // 1/Y of both lanes by one inversion; -X/Y.
  swapLanes(swapped, y, LIMBS)
  multiply(inverse, y, swapped, 1)
  invertFirst(inverse)
  multiply(inverse, inverse, swapped, 1)
  multiply(ratio, x, inverse, 1)
  negate(ratio, ratio, 1)
  // 1, packed: lane 0 has the lower half.
  setOne12(packed)
  packLanes(packed, packed, packed + PAIR, LIMBS)
  for (let i = 62; i >= 0; i--) {
    if (i < 62) squarePacked12(packed)
    for (let again = <i32>((X >> i) & 1); again >= 0; again--) {
      scale2(d, lines, ratio)
      scale2(c, lines + F2, inverse)
      spreadLow(c0, c, 2 * LIMBS)
      spreadLow(d0, d, 2 * LIMBS)
      multiplyByLine12(packed, c0, d0)
      spreadHigh(c0, c, 2 * LIMBS)
      spreadHigh(d0, d, 2 * LIMBS)
      multiplyByLine12(packed, c0, d0)
      lines += LINE
    }
  }
  spread12(f, packed)
  finalPower12(f)
}
