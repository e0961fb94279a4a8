// The generator proves its bounds or refuses: broken formulas must not come out of it, and formulas that do are fed
// the worst that their bounds allow. For that the test compiles a small module of its own, with operands as lazily
// reduced as the recipes have them, and writes limbs at their largest sizes straight into memory.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { type Arithmetic, loadPair } from '../../../assembly/generator/arithmetic.ts'
import {
  BoundError,
  type Element,
  multipleOf,
  requireShape,
  type Shape,
} from '../../../assembly/generator/bounds.ts'
import { compile } from '../../../assembly/generator/compile.ts'
import { createBody, createPool } from '../../../assembly/generator/emitter.ts'
import { arithmetics, floatFp, floatFr, integerFp } from '../../../assembly/generator/fields.ts'
import { createFloatArithmetic } from '../../../assembly/generator/float.ts'
import type { FloatOptions } from '../../../assembly/generator/float-steps.ts'
import { createIntegerArithmetic } from '../../../assembly/generator/integer.ts'
import { inverseModulo, mod } from '../../../assembly/generator/integers.ts'
import { pointKernels } from '../../../assembly/generator/point-kernels.ts'
import { scalarKernels } from '../../../assembly/generator/scalar-kernels.ts'

const bound = { instanceOf: BoundError }
const body = () => createBody(createPool())

test('a product of operands that are too lazily reduced is refused', (t) => {
  for (const make of [arithmetics.float.fp, arithmetics.float.fr, arithmetics.integer.fp]) {
    const a = make()
    const reduced = loadPair('a', a.reduced)
    const lazy = loadPair('b', multipleOf(a.reduced, 1n << 6n))
    t.notThrows(() => a.product(body(), reduced, reduced))
    t.throws(() => a.product(body(), lazy, lazy), bound)
    t.throws(() => a.square(body(), lazy), bound)
  }
})

test('formulas whose chains, columns, sums or quotients could leave the exact range are refused', (t) => {
  const broken: readonly (readonly [string, FloatOptions])[] = [
    ['limbs of 52 bits', { ...floatFr, limbBits: 52 }],
    ['more limbs of 51 bits than a column can sum', { ...floatFp, limbBits: 51 }],
    ['columns that begin with all that the product left', { ...floatFr, columnStart: 1n << 53n }],
    ['limbs that may be three times too large', { ...floatFr, slack: 1n << 51n }],
    ['numbers that may be four times the order', { ...floatFr, value: 4n * floatFr.field.modulus }],
  ]
  for (const [name, options] of broken) {
    const make = () => {
      const a = createFloatArithmetic(options)
      const reduced = loadPair('a', a.reduced)
      requireShape('product', a.product(body(), reduced, reduced), a.reduced)
    }
    t.throws(make, bound, name)
  }
  t.throws(() => pointKernels(createIntegerArithmetic({ ...integerFp, limbBits: 31, limbCount: 14 })), bound)
})

test('recipes that store what the next one does not expect are refused', (t) => {
  const promises = (value: bigint): FloatOptions => ({ ...floatFp, value })
  t.throws(() => pointKernels(createFloatArithmetic(promises(floatFp.field.modulus / 2n))), bound)
  const tight: FloatOptions = { ...floatFr, value: floatFr.field.modulus / 2n }
  t.throws(() => scalarKernels(createFloatArithmetic(tight)), bound)
  const a = arithmetics.float.fp()
  const sum = a.add(body(), loadPair('a', a.reduced), loadPair('b', a.reduced))
  t.throws(() => requireShape('sum', sum, a.reduced), bound)
})

// ---- worst cases ----

interface Case {
  readonly name: string
  readonly a: Shape
  readonly b: Shape
  readonly make: (arithmetic: Arithmetic, a: Element, b: Element) => Element
  readonly expected: (a: bigint, b: bigint) => bigint
}

const current = createBodyHolder()
/** The body that the case at hand is written to. */
function createBodyHolder() {
  return { body: body() }
}

const casesOf = (arithmetic: Arithmetic): readonly Case[] => {
  const { reduced, constants } = arithmetic
  const twice = multipleOf(reduced, 2n)
  const common: Case[] = [
    {
      name: 'product',
      a: reduced,
      b: reduced,
      make: (f, a, b) => f.product(current.body, a, b),
      expected: (a, b) => a * b,
    },
    {
      name: 'square',
      a: reduced,
      b: reduced,
      make: (f, a) => f.square(current.body, a),
      expected: (a) => a * a,
    },
    {
      name: 'normalised sum',
      a: reduced,
      b: reduced,
      make: (f, a, b) => f.normalise(current.body, f.add(current.body, a, b)),
      expected: (a, b) => a + b,
    },
  ]
  if (arithmetic.field.name === 'fr') {
    const make: Case['make'] = (f, a, b) => f.product(current.body, f.tidy(current.body, a), b)
    return [...common, { name: 'tidied', a: twice, b: constants, make, expected: (a, b) => a * b }]
  }
  return [
    ...common,
    {
      name: 'difference times element',
      a: twice,
      b: reduced,
      make: (f, a, b) => f.product(current.body, a, b),
      expected: (a, b) => a * b,
    },
    {
      name: 'three times an element times another',
      a: multipleOf(reduced, 3n),
      b: reduced,
      make: (f, a, b) => f.product(current.body, a, b),
      expected: (a, b) => a * b,
    },
    {
      name: 'square less a sum',
      a: reduced,
      b: twice,
      make: (f, a, b) => f.square(current.body, a, { subtract: [b] }),
      expected: (a, b) => a * a - b,
    },
  ]
}

/** Limbs of the largest sizes that a shape allows, with signs of one of several patterns. */
const worst = (shape: Shape, bits: number, signed: boolean, pattern: number): readonly bigint[] => {
  const last = shape.bounds.length - 1
  const sign = (i: number): bigint => {
    if (!signed) return 1n
    const negative = [false, true, i % 2 === 0, i % 2 === 1, (i * 7 + pattern) % 3 === 0][pattern % 5]
    return negative === true || (pattern >= 5 && Math.random() < 0.5) ? -1n : 1n
  }
  const limbs = shape.bounds.map((limit, i) => {
    const shrink = pattern >= 10 && Math.random() < 0.3 ? BigInt(Math.floor(Math.random() * 1000)) : 0n
    return sign(i) * (limit - shrink)
  })
  let lower = 0n
  for (let i = 0; i < last; i++) lower += (limbs[i] as bigint) << BigInt(bits * i)
  // The top limb as large as the value's bound allows.
  const weight = 1n << BigInt(bits * last)
  const top = sign(last) > 0n ? (shape.value - lower) / weight : -((shape.value + lower) / weight)
  return [...limbs.slice(0, last), top]
}

for (const kind of ['float', 'integer'] as const) {
  for (const name of ['fr', 'fp'] as const) {
    test(`products are exact on the worst operands that the bounds allow (${kind}, ${name})`, async (t) => {
      const a = arithmetics[kind][name]()
      const { instance, cases } = await build(a)
      const p = a.field.modulus
      const radix = kind === 'float' ? 1n : 1n << BigInt(a.limbBits * a.limbCount)
      const unscale = inverseModulo(radix, p)
      const words = new BigInt64Array(instance.memory.buffer)
      const doubles = new Float64Array(instance.memory.buffer)
      const write = (at: number, lane: number, limbs: readonly bigint[]) => {
        limbs.forEach((limb, i) => {
          if (kind === 'float') doubles[at / 8 + 2 * i + lane] = Number(limb)
          else words[at / 8 + 2 * i + lane] = limb
        })
      }
      const read = (at: number, lane: number): bigint => {
        let x = 0n
        for (let i = a.limbCount - 1; i >= 0; i--) {
          const place = at / 8 + 2 * i + lane
          x = (x << BigInt(a.limbBits)) + (kind === 'float' ? BigInt(doubles[place]!) : words[place]!)
        }
        return x
      }
      const [A, B, O] = [4096, 8192, 12_288]
      for (const each of cases) {
        for (let pattern = 0; pattern < 60; pattern++) {
          for (const lane of [0, 1]) {
            write(A, lane, worst(each.a, a.limbBits, kind === 'float', (pattern + lane) % 20))
            write(B, lane, worst(each.b, a.limbBits, kind === 'float', (pattern * 3 + lane) % 20))
          }
          instance.functions[each.name.replaceAll(' ', '_')]!(O, A, B)
          for (const lane of [0, 1]) {
            const [x, y] = [read(A, lane) * unscale, read(B, lane) * unscale]
            const expected = mod(each.expected(x, y), p)
            if (mod(read(O, lane) * unscale, p) !== expected) t.fail(`${each.name}, pattern ${pattern}`)
          }
        }
        t.pass(each.name)
      }
    })
  }
}

type Operation = (o: number, a: number, b: number) => void

/** Compiles the cases of an arithmetic; every result must fit the shape that is stored. */
const build = async (a: Arithmetic) => {
  const cases = casesOf(a)
  const pool = createPool()
  const functions = cases.map((each) => {
    current.body = createBody(pool)
    const result = each.make(a, loadPair('a', each.a), loadPair('b', each.b))
    requireShape(each.name, result, a.reduced)
    result.limbs.forEach((limb, i) => {
      current.body.statement(`store<v128>(o, ${limb.expression}, ${16 * i})`)
    })
    return `export function ${each.name.replaceAll(' ', '_')}(o: usize, a: usize, b: usize): void {\n${current.body.text()}\n}\n`
  })
  const folder = mkdtempSync(join(tmpdir(), 'weft-bounds-'))
  try {
    writeFileSync(join(folder, 'main.ts'), pool.declaration() + functions.join('\n'))
    await compile(join(folder, 'main.ts'), join(folder, 'main.wasm'), a.kind)
    const memory = new WebAssembly.Memory({ initial: 2 })
    const module = await WebAssembly.compile(new Uint8Array(readFileSync(join(folder, 'main.wasm'))))
    const instance = await WebAssembly.instantiate(module, { env: { memory, abort: () => {} } })
    return {
      cases,
      instance: { memory, functions: instance.exports as unknown as Record<string, Operation> },
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
