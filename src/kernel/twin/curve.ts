// G1 of BLS12-381 on bigints: y^2 = x^3 + 4 over the field of p elements, in the shortest form that is always right.
// Points are in Jacobian coordinates (x = X/Z^2, y = Y/Z^3), infinity has Z = 0, and addition tests for equal and
// opposite points first.

/** The base field's prime. */
export const P =
  0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn
const B = 4n
/** The curve's parameter is -X; G1's endomorphism has the eigenvalue -X^2. */
const X = 0xd201000000010000n

export interface Point {
  readonly x: bigint
  readonly y: bigint
  readonly z: bigint
}

export const infinity: Point = { x: 1n, y: 1n, z: 0n }
export const generator: Point = {
  x: 0x17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bbn,
  y: 0x08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1n,
  z: 1n,
}

export const isInfinity = ({ z }: Point): boolean => z === 0n

/** The point with these affine coordinates, if they are on the curve. */
export const pointAt = (x: bigint, y: bigint): Point | undefined =>
  mod(y * y - x * x * x - B) === 0n ? { x, y, z: 1n } : undefined

/** The point with this x and the smaller or larger of its two y, if there is one. */
export const pointWithX = (x: bigint, larger: boolean): Point | undefined => {
  // p = 3 mod 4, so that a square's root is its power (p + 1)/4.
  const root = power(mod(x * x * x + B), (P + 1n) / 4n)
  return pointAt(x, isLarger(root) === larger ? root : mod(-root))
}

/** Whether y is larger than -y. */
export const isLarger = (y: bigint): boolean => y > (P - 1n) / 2n

/** Whether the point has the order of the subgroup: phi(Q) = -X^2 Q (Scott, "A note on group membership tests"). */
export const isInSubgroup = (point: Point): boolean => {
  const image = { ...point, x: mod(point.x * BETA) }
  return isInfinity(add(image, multiply(multiply(point, X), X)))
}

export const negate = (point: Point): Point => ({ ...point, y: mod(-point.y) })

export const double = (point: Point): Point => {
  if (point.z === 0n || point.y === 0n) return infinity
  const { x, y, z } = point
  const yy = mod(y * y)
  const s = mod(4n * x * yy)
  const m = mod(3n * x * x)
  const x3 = mod(m * m - 2n * s)
  return { x: x3, y: mod(m * (s - x3) - 8n * yy * yy), z: mod(2n * y * z) }
}

export const add = (a: Point, b: Point): Point => {
  if (a.z === 0n) return b
  if (b.z === 0n) return a
  const [aa, bb] = [mod(a.z * a.z), mod(b.z * b.z)]
  const [u1, u2] = [mod(a.x * bb), mod(b.x * aa)]
  const [s1, s2] = [mod(a.y * bb * b.z), mod(b.y * aa * a.z)]
  if (u1 === u2) return s1 === s2 ? double(a) : infinity
  const h = mod(u2 - u1)
  const r = mod(s2 - s1)
  const hh = mod(h * h)
  const hhh = mod(hh * h)
  const v = mod(u1 * hh)
  const x = mod(r * r - hhh - 2n * v)
  return { x, y: mod(r * (v - x) - s1 * hhh), z: mod(h * a.z * b.z) }
}

/** factor * point, factor not negative. */
export const multiply = (point: Point, factor: bigint): Point => {
  let sum = infinity
  for (let rest = factor, power2 = point; rest > 0n; rest >>= 1n, power2 = double(power2)) {
    if (rest & 1n) sum = add(sum, power2)
  }
  return sum
}

/** Affine coordinates of a point that is not infinity. */
export const affine = ({ x, y, z }: Point): { readonly x: bigint; readonly y: bigint } => {
  const inverse = power(z, P - 2n)
  const square = mod(inverse * inverse)
  return { x: mod(x * square), y: mod(y * square * inverse) }
}

const mod = (a: bigint): bigint => {
  const rest = a % P
  return rest < 0n ? rest + P : rest
}

const power = (base: bigint, exponent: bigint): bigint => {
  let result = 1n
  for (let rest = exponent, square = base; rest > 0n; rest >>= 1n, square = mod(square * square)) {
    if (rest & 1n) result = mod(result * square)
  }
  return result
}

/** The cube root of one with phi(Q) = (BETA x, y) = -X^2 Q on the subgroup. */
const BETA = power(2n, (P - 1n) / 3n)
