// Kernels that turn big-endian bytes into pairs of elements and back, for either arithmetic.
//
// Reading takes the number apart into digits: all digits get half a digit's range added at once beforehand, so that
// what is left after taking it off again is balanced without a carry. Writing makes the number positive by adding a
// multiple of p, puts the digits together and subtracts multiples of p under conditions: the one place where there
// is a canonical form.

import { type Arithmetic, hold, loadPair } from './arithmetic.ts'
import { type Element, require } from './bounds.ts'
import { type Body, createBody, hex, type Pool } from './emitter.ts'
import { plainDigits } from './integers.ts'

/** `readDigits(o, bytes): i32` reads one lane; 1 if the number is below p. Stores limbs 16 bytes apart. */
export const readDigits = (a: Arithmetic, pool: Pool): string => {
  const body = createBody(pool)
  const words = wordCount(a)
  const { limbBits: n, limbCount: count } = a
  const half = a.kind === 'float' ? 1n << BigInt(n - 1) : 0n
  const names = Array.from({ length: words }, (_, i) =>
    body.scalar('u64', `bswap<u64>(load<u64>(bytes, ${8 * (words - 1 - i)}))`),
  )
  const canonical = body.scalar('i32', lessThanModulus(a, names))
  let offset = 0n
  for (let i = 0; i < count - 1; i++) offset += half << BigInt(n * i)
  const shifted = half === 0n ? names : addConstant(body, names, offset)
  for (let i = 0; i < count; i++) {
    const last = i === count - 1
    const digit = extract(shifted, n * i, last ? 64 * words - n * i : n)
    const value = last || half === 0n ? `<i64>(${digit})` : `<i64>(${digit}) - ${hex(half)}`
    body.statement(`store<u64>(o, ${a.integerToLimb(value)}, ${16 * i})`)
  }
  body.statement(`return ${canonical}`)
  return `function readDigits(o: usize, bytes: usize): i32 {\n${body.text()}\n}\n`
}

/** `writeDigits(bytes, o)` writes one lane of a pair whose value is bounded as `element` says. */
export const writeDigits = (a: Arithmetic, pool: Pool, element: Element): string => {
  const body = createBody(pool)
  const words = wordCount(a)
  const { limbBits: n, limbCount: count } = a
  const p = a.field.modulus
  let multiple = 1n
  while (multiple * p <= element.value) multiple *= 2n
  require('number to be written', 2n * multiple * p, 1n << BigInt(64 * words))
  const digits = plainDigits(multiple * p, n, count)
  const mask = hex((1n << BigInt(n)) - 1n)
  let carry = ''
  const fields = digits.map((digit, i) => {
    const sum = body.scalar(
      'i64',
      `${a.limbToInteger(`load<u64>(o, ${16 * i})`)} + ${hex(digit)}${carry && ` + ${carry}`}`,
    )
    if (i === count - 1) return body.scalar('u64', `<u64>${sum}`)
    carry = body.scalar('i64', `${sum} >> ${n}`)
    return body.scalar('u64', `<u64>${sum} & ${mask}`)
  })
  let names = Array.from({ length: words }, (_, w) => body.scalar('u64', joined(fields, n, w)))
  for (let m = multiple; m >= 1n; m /= 2n) names = [...subtractIfNotLess(body, names, m * p)]
  names.forEach((name, i) => {
    body.statement(`store<u64>(bytes, bswap<u64>(${name}), ${8 * (words - 1 - i)})`)
  })
  return `function writeDigits(bytes: usize, o: usize): void {\n${body.text()}\n}\n`
}

/**
 * `read(o, bytes0, bytes1, n): i32`: n pairs, lane 0 from bytes0 and lane 1 from bytes1 on; 1 if all are below p.
 * `write(bytes0, bytes1, a, n)`: canonical bytes of n reduced pairs.
 */
export const bytesKernels = (a: Arithmetic, pool: Pool): string => {
  const size = 8 * wordCount(a)
  const pair = 16 * a.limbCount
  const body = createBody(pool)
  const written = canonicalForm(a, body)
  written.limbs.forEach(
    (limb, i) => void body.statement(`store<v128>(SCRATCH, ${limb.expression}, ${16 * i})`),
  )
  return `const SCRATCH: usize = memory.data(${pair}, 16)
${readDigits(a, pool)}
export function read(o: usize, bytes0: usize, bytes1: usize, n: i32): i32 {
  let canonical = 1
  for (let i = 0; i < n; i++) {
    canonical &= readDigits(o, bytes0) & readDigits(o + 8, bytes1)
    enter(o)
    o += ${pair}
    bytes0 += ${size}
    bytes1 += ${size}
  }
  return canonical
}
${writeDigits(a, pool, written)}
export function write(bytes0: usize, bytes1: usize, a: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
${body.text()}
    writeDigits(bytes0, SCRATCH)
    writeDigits(bytes1, SCRATCH + 8)
    a += ${pair}
    bytes0 += ${size}
    bytes1 += ${size}
  }
}
`
}

/** The pair at `a` with a value of about p at most, out of the arithmetic's own domain. */
const canonicalForm = (a: Arithmetic, body: Body): Element => {
  const element = hold(body, loadPair('a', a.reduced))
  return a.leave(body, element)
}

const wordCount = (a: Arithmetic): number => (a.field.name === 'fr' ? 4 : 6)

const modulusWords = (value: bigint, words: number): readonly bigint[] => plainDigits(value, 64, words)

const lessThanModulus = (a: Arithmetic, names: readonly string[]): string => {
  const words = modulusWords(a.field.modulus, names.length)
  let condition = 'false'
  names.forEach((name, i) => {
    const word = hex(words[i] as bigint)
    condition = `(${name} < ${word} || (${name} == ${word} && ${condition}))`
  })
  return `i32(${condition})`
}

/** `length` bits from bit `at` on. */
const extract = (names: readonly string[], at: number, length: number): string => {
  const word = Math.floor(at / 64)
  const shift = at % 64
  let expression = shift === 0 ? `${names[word]}` : `(${names[word]} >> ${shift})`
  if (shift + length > 64 && word + 1 < names.length)
    expression = `(${expression} | (${names[word + 1]} << ${64 - shift}))`
  return length >= 64 ? expression : `(${expression} & ${hex((1n << BigInt(length)) - 1n)})`
}

/** Word `w` of digits of n bits each. */
const joined = (fields: readonly string[], n: number, w: number): string => {
  const parts: string[] = []
  fields.forEach((field, i) => {
    const at = n * i - 64 * w
    if (at >= 64 || (i < fields.length - 1 && at + n <= 0) || at <= -64) return
    parts.push(at >= 0 ? `(${field} << ${at})` : `(${field} >> ${-at})`)
  })
  return parts.join(' | ')
}

const addConstant = (body: Body, names: readonly string[], constant: bigint): readonly string[] => {
  const words = modulusWords(constant, names.length)
  let carry = '0'
  return names.map((name, i) => {
    const word = hex(words[i] as bigint)
    const partial = body.scalar('u64', `${name} + ${word}`)
    const sum = body.scalar('u64', `${partial} + ${carry}`)
    carry = body.scalar('u64', `u64(${partial} < ${word}) | u64(${sum} < ${partial})`)
    return sum
  })
}

export const subtractIfNotLess = (body: Body, names: readonly string[], value: bigint): readonly string[] => {
  const words = modulusWords(value, names.length)
  let borrow = '0'
  const differences = names.map((name, i) => {
    const word = hex(words[i] as bigint)
    const partial = body.scalar('u64', `${name} - ${word}`)
    const difference = body.scalar('u64', `${partial} - ${borrow}`)
    borrow = body.scalar('u64', `u64(${name} < ${word}) | u64(${partial} < ${borrow})`)
    return difference
  })
  return names.map((name, i) => body.scalar('u64', `${borrow} ? ${name} : ${differences[i]}`))
}
