// Whole-number helpers of the generator: constants of the two fields, digits, inverses. Everything here is exact.

/** Order of the scalar field of BLS12-381 (EIP-4844, BLS_MODULUS). */
export const R = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n

/** Characteristic of the base field of BLS12-381. */
export const P =
  0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn

/** `count` digits of x in base 2^bits, lowest first, each in [-2^(bits-1), 2^(bits-1)) but the last, which takes the rest. */
export const balancedDigits = (x: bigint, bits: number, count: number): readonly bigint[] => {
  const base = 1n << BigInt(bits)
  const digits: bigint[] = []
  let rest = x
  for (let i = 0; i < count - 1; i++) {
    let digit = mod(rest, base)
    if (digit >= base / 2n) digit -= base
    digits.push(digit)
    rest = (rest - digit) / base
  }
  return [...digits, rest]
}

/** `count` digits of x >= 0 in base 2^bits, lowest first, each in [0, 2^bits) but the last, which takes the rest. */
export const plainDigits = (x: bigint, bits: number, count: number): readonly bigint[] => {
  const mask = (1n << BigInt(bits)) - 1n
  return Array.from({ length: count }, (_, i) => {
    const shifted = x >> BigInt(bits * i)
    return i === count - 1 ? shifted : shifted & mask
  })
}

/** x modulo m in [0, m). */
export const mod = (x: bigint, m: bigint): bigint => ((x % m) + m) % m

/** x modulo m in [-m/2, m/2]. */
export const centred = (x: bigint, m: bigint): bigint => {
  const rest = mod(x, m)
  return rest > m / 2n ? rest - m : rest
}

/** Inverse of a modulo m, for coprime a and m. */
export const inverseModulo = (a: bigint, m: bigint): bigint => {
  let [r0, r1, s0, s1] = [mod(a, m), m, 1n, 0n]
  while (r1 !== 0n) {
    const quotient = r0 / r1
    ;[r0, r1] = [r1, r0 - quotient * r1]
    ;[s0, s1] = [s1, s0 - quotient * s1]
  }
  return mod(s0, m)
}

/** base^exponent modulo m. */
export const powerModulo = (base: bigint, exponent: bigint, m: bigint): bigint => {
  let result = 1n
  let square = mod(base, m)
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % m
    square = (square * square) % m
  }
  return result
}

/** |x|. */
export const magnitude = (x: bigint): bigint => (x < 0n ? -x : x)

/** The smaller of two. */
export const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

/** a / b rounded up, for a >= 0 and b > 0. */
export const ceilDivide = (a: bigint, b: bigint): bigint => (a + b - 1n) / b
