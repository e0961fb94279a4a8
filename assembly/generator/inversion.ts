// Inversion modulo p by division steps (Bernstein and Yang; the variable-time form of libsecp256k1's modinv32): 30
// steps at a time on the lowest bits of f and g give a 2x2 matrix, which is then applied to f, g and to the
// coefficients d, e, with a multiple of p added so that the division by 2^30 stays exact.
//
// Limbs are signed integers of 30 bits in i32 memory, sums in i64: |u| + |v| <= 2^30, so that each term of a sum
// stays below 2^60 and a sum of three of them with a carry below 2^62.

import { subtractIfNotLess } from './bytes.ts'
import { type Body, createBody, createPool, hex } from './emitter.ts'
import { inverseModulo, mod, plainDigits } from './integers.ts'

const BITS = 30
const MASK = hex((1n << BigInt(BITS)) - 1n)

/** The text of `inverse.ts`: `invertWords(at): i32`, on a number below p in 64-bit words, lowest first; 0 if it is 0. */
export const inversionKernels = (p: bigint, words: number): string => {
  const count = Math.ceil((64 * words - 2) / BITS)
  const limbs = plainDigits(p, BITS, count)
  const negativeInverse = inverseModulo(mod(p, 1n << 30n), 1n << 30n)
  return `${header(count)}
${divisionSteps}
${update(limbs, negativeInverse)}
${outer(p, words, limbs)}`
}

const header = (count: number): string => {
  const table = Array.from({ length: 128 }, (_, i) => mod(-inverseModulo(BigInt(2 * i + 1), 256n), 256n))
  const space = (name: string) => `const ${name}: usize = memory.data(${4 * count}, 16)\n`
  return `// -1/f modulo 256 for odd f\nconst NEGATED: usize = memory.data<u8>([${table.join(', ')}], 16)
${['D', 'E', 'F', 'G'].map(space).join('')}const MATRIX: usize = memory.data(16, 16)\n`
}

/** 30 steps on the lowest bits; leaves the matrix (u v; q r) and returns the new eta. */
const divisionSteps = `function divisionSteps(eta: i32, f: u32, g: u32): i32 {
  let u: u32 = 1
  let v: u32 = 0
  let q: u32 = 0
  let r: u32 = 1
  let left: i32 = ${BITS}
  while (true) {
    const zeros = <i32>ctz<u32>(g | (<u32>0xffffffff << left))
    g >>= zeros
    u <<= zeros
    v <<= zeros
    eta -= zeros
    left -= zeros
    if (left == 0) break
    if (eta < 0) {
      eta = -eta
      let t = f
      f = g
      g = 0 - t
      t = u
      u = q
      q = 0 - t
      t = v
      v = r
      r = 0 - t
    }
    // Cancel as many low bits of g as one table entry and eta allow.
    const limit: i32 = eta + 1 > left ? left : eta + 1
    const mask = (<u32>0xffffffff >> (32 - limit)) & 255
    const w = (g * <u32>load<u8>(NEGATED + <usize>((f >> 1) & 127))) & mask
    g += f * w
    q += u * w
    r += v * w
  }
  store<u32>(MATRIX, u)
  store<u32>(MATRIX, v, 4)
  store<u32>(MATRIX, q, 8)
  store<u32>(MATRIX, r, 12)
  return eta
}
`

/** Applies the matrix to (d, e) modulo p and to (f, g); returns 0 once g is 0. */
const update = (limbs: readonly bigint[], inverse: bigint): string => {
  const last = 4 * (limbs.length - 1)
  const lines = [
    'const u: i64 = load<i32>(MATRIX)',
    'const v: i64 = load<i32>(MATRIX, 4)',
    'const q: i64 = load<i32>(MATRIX, 8)',
    'const r: i64 = load<i32>(MATRIX, 12)',
    'let d: i64 = load<i32>(D)',
    'let e: i64 = load<i32>(E)',
    `const signD: i64 = <i64>load<i32>(D, ${last}) >> 31`,
    `const signE: i64 = <i64>load<i32>(E, ${last}) >> 31`,
    'let md: i64 = (u & signD) + (v & signE)',
    'let me: i64 = (q & signD) + (r & signE)',
    'let cd: i64 = u * d + v * e',
    'let ce: i64 = q * d + r * e',
    `md -= (${hex(inverse)} * cd + md) & ${MASK}`,
    `me -= (${hex(inverse)} * ce + me) & ${MASK}`,
    `cd = (cd + ${hex(limbs[0] as bigint)} * md) >> ${BITS}`,
    `ce = (ce + ${hex(limbs[0] as bigint)} * me) >> ${BITS}`,
  ]
  limbs.slice(1).forEach((limb, k) => {
    const at = 4 * (k + 1)
    lines.push(
      `d = load<i32>(D, ${at})`,
      `e = load<i32>(E, ${at})`,
      `cd += u * d + v * e + ${hex(limb)} * md`,
      `ce += q * d + r * e + ${hex(limb)} * me`,
      `store<i32>(D, <i32>cd & ${MASK}, ${at - 4})`,
      `store<i32>(E, <i32>ce & ${MASK}, ${at - 4})`,
      `cd >>= ${BITS}`,
      `ce >>= ${BITS}`,
    )
  })
  lines.push(
    `store<i32>(D, <i32>cd, ${last})`,
    `store<i32>(E, <i32>ce, ${last})`,
    'd = load<i32>(F)',
    'e = load<i32>(G)',
    `cd = (u * d + v * e) >> ${BITS}`,
    `ce = (q * d + r * e) >> ${BITS}`,
    'let any: i32 = 0',
    'let w: i32 = 0',
  )
  limbs.slice(1).forEach((_, k) => {
    const at = 4 * (k + 1)
    lines.push(
      `d = load<i32>(F, ${at})`,
      `e = load<i32>(G, ${at})`,
      'cd += u * d + v * e',
      'ce += q * d + r * e',
      `store<i32>(F, <i32>cd & ${MASK}, ${at - 4})`,
      `w = <i32>ce & ${MASK}`,
      'any |= w',
      `store<i32>(G, w, ${at - 4})`,
      `cd >>= ${BITS}`,
      `ce >>= ${BITS}`,
    )
  })
  lines.push(`store<i32>(F, <i32>cd, ${last})`, `store<i32>(G, <i32>ce, ${last})`, 'return any | <i32>ce')
  return `function update(): i32 {\n  ${lines.join('\n  ')}\n}\n`
}

const outer = (p: bigint, words: number, limbs: readonly bigint[]): string => {
  const body = createBody(createPool())
  const names = Array.from({ length: words }, (_, i) => body.scalar('u64', `load<u64>(at, ${8 * i})`))
  body.statement(`if ((${names.join(' | ')}) == 0) return 0`)
  limbs.forEach((limb, i) => {
    const bit = BITS * i
    const word = Math.floor(bit / 64)
    const shift = bit % 64
    let field = word < words ? `(${names[word]} >> ${shift})` : '0'
    if (shift + BITS > 64 && word + 1 < words) field += ` | (${names[word + 1]} << ${64 - shift})`
    body.statement(`store<u32>(G, <u32>((${field}) & ${MASK}), ${4 * i})`)
    body.statement(`store<u32>(F, ${hex(limb)}, ${4 * i})`)
    body.statement(`store<u32>(D, 0, ${4 * i})`)
    body.statement(`store<u32>(E, ${i === 0 ? 1 : 0}, ${4 * i})`)
  })
  body.statement('let eta: i32 = -1')
  body.statement('do { eta = divisionSteps(eta, load<u32>(F), load<u32>(G)) } while (update() != 0)')
  collect(body, p, words, limbs.length)
  body.statement('return 1')
  return `export function invertWords(at: usize): i32 {\n${body.text()}\n}\n`
}

/** The result is d in (-2p, p), with the sign of f: 2p more makes it positive. */
const collect = (body: Body, p: bigint, words: number, count: number): void => {
  const offset = plainDigits(2n * p, BITS, count)
  body.statement(`const sign: i64 = load<i32>(F, ${4 * (count - 1)}) < 0 ? -1 : 1`)
  let carry = ''
  const fields = offset.map((digit, i) => {
    const sum = body.scalar(
      'i64',
      `sign * <i64>load<i32>(D, ${4 * i}) + ${hex(digit)}${carry && ` + ${carry}`}`,
    )
    carry = body.scalar('i64', `${sum} >> ${BITS}`)
    return body.scalar('u64', `<u64>${sum} & ${MASK}`)
  })
  let names: readonly string[] = Array.from({ length: words }, (_, w) => {
    const parts: string[] = []
    fields.forEach((field, i) => {
      const at = BITS * i - 64 * w
      if (at > -BITS && at < 64) parts.push(at >= 0 ? `(${field} << ${at})` : `(${field} >> ${-at})`)
    })
    return body.scalar('u64', parts.join(' | '))
  })
  names = subtractIfNotLess(body, names, 2n * p)
  names = subtractIfNotLess(body, names, p)
  names.forEach((name, i) => void body.statement(`store<u64>(at, ${name}, ${8 * i})`))
}
