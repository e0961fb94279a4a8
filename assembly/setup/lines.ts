// The lines of Miller's loop for a fixed point of G2: what the pairing kernel takes instead of the point. For each
// step, doubling or addition, the slope l of the line on the twist and m = l x - y at a point (x, y) of it.

import { bls12_381 } from '@noble/curves/bls12-381.js'

const { Fp2 } = bls12_381.fields
type Fp2 = ReturnType<typeof Fp2.create>

/** The curve's parameter without its sign. */
const X = 0xd201000000010000n

/** Steps of the loop: a doubling for each bit below the leading one, an addition for each of those that is set. */
export const LINES = 68
/** l and m, c0 before c1, 48 bytes big-endian each. */
export const BYTES_PER_LINE = 4 * 48

/** The lines of an affine point (192 bytes: x then y, c1 before c0 each): 68 * 192 bytes. */
export const linesOf = (point: Uint8Array): Uint8Array => {
  const fixed = readPoint(point)
  let { x, y } = fixed
  const lines = new Uint8Array(LINES * BYTES_PER_LINE)
  let count = 0
  const step = (slope: Fp2, otherX: Fp2): void => {
    const m = Fp2.sub(Fp2.mul(slope, x), y)
    const values = [slope.c0, slope.c1, m.c0, m.c1]
    values.forEach((value, i) => {
      lines.set(coordinateBytes(value), BYTES_PER_LINE * count + 48 * i)
    })
    count++
    const nextX = Fp2.sub(Fp2.sub(Fp2.sqr(slope), x), otherX)
    y = Fp2.sub(Fp2.mul(slope, Fp2.sub(x, nextX)), y)
    x = nextX
  }
  for (let i = 62n; i >= 0n; i--) {
    step(Fp2.div(Fp2.mul(Fp2.sqr(x), 3n), Fp2.add(y, y)), x)
    if ((X >> i) & 1n) step(Fp2.div(Fp2.sub(y, fixed.y), Fp2.sub(x, fixed.x)), fixed.x)
  }
  return lines
}

const readPoint = (bytes: Uint8Array): { readonly x: Fp2; readonly y: Fp2 } => {
  const [x1, x0, y1, y0] = [0, 1, 2, 3].map((i) =>
    BigInt(`0x${Buffer.from(bytes.subarray(48 * i, 48 * (i + 1))).toString('hex')}`),
  )
  return { x: Fp2.create({ c0: x0!, c1: x1! }), y: Fp2.create({ c0: y0!, c1: y1! }) }
}

const coordinateBytes = (value: bigint): Uint8Array =>
  new Uint8Array(Buffer.from(value.toString(16).padStart(96, '0'), 'hex'))
