// A product of two pairings whose second arguments are fixed: one Miller loop in each lane, their product, one final
// power. The lines of the fixed points are a table: of each step the slope l and m = l x - y on the twist, whose
// value at (X, Y), up to factors that the final power takes away, is m/Y - l X/Y v + v w.

import { LIMBS, multiply, PAIR } from './fp'
import { invertFirst } from './batch'
import { negate, scale2, swapLanes } from './fp2'
import { F12, F2, finalPower12, multiply12, multiplyByLine12, setOne12, square12 } from './tower'

/** Lines of a pairing: 63 doublings and 5 additions; l and m are four pairs. */
export const LINES: i32 = 68
const LINE: usize = 2 * F2

/** The curve's parameter without its sign, without its leading bit. The sign only conjugates the result. */
const X: u64 = 0xd201000000010000

let work: usize = 0

/** Takes its work region from `at` on; returns where it ends. */
export function placePairing(at: usize): usize {
  work = at
  return at + 4 * PAIR + 2 * F2 + F12
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
  const other = d + F2
  // 1/Y of both lanes by one inversion; -X/Y.
  swapLanes(swapped, y, LIMBS)
  multiply(inverse, y, swapped, 1)
  invertFirst(inverse)
  multiply(inverse, inverse, swapped, 1)
  multiply(ratio, x, inverse, 1)
  negate(ratio, ratio, 1)
  setOne12(f)
  for (let i = 62; i >= 0; i--) {
    if (i < 62) square12(f, f)
    for (let again = <i32>((X >> i) & 1); again >= 0; again--) {
      scale2(d, lines, ratio)
      scale2(c, lines + F2, inverse)
      multiplyByLine12(f, c, d)
      lines += LINE
    }
  }
  swapLanes(other, f, 12 * LIMBS)
  multiply12(f, f, other)
  finalPower12(f)
}
