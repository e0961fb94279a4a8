// Recipes of the scalar field: butterflies of the transform and sums of products, over pairs in memory.

import { type Arithmetic, hold, loadPair, loadSplat } from './arithmetic.ts'
import { type Element, requireShape, type Shape } from './bounds.ts'
import { bytesKernels } from './bytes.ts'
import { type Body, createBody, createPool, hex } from './emitter.ts'

/** The text of `fr.ts`. */
export const scalarKernels = (a: Arithmetic): string => {
  const pool = createPool()
  const pair = 16 * a.limbCount
  const kernel = (signature: string, recipe: (body: Body) => void, advance: string): string => {
    const body = createBody(pool)
    recipe(body)
    return `export function ${signature}: void {\n  for (let i = 0; i < n; i++) {\n${body.text()}\n  ${advance}\n  }\n}\n`
  }
  const u = loadPair('u', a.reduced)
  const v = loadPair('v', a.reduced)
  /** Twiddles: constants, one for both lanes. */
  const w = loadSplat('w', a.constants)
  /** Any scalar, one for both lanes. */
  const x = loadSplat('w', a.reduced)
  const store = (body: Body, pointer: string, element: Element): void =>
    storePair(body, pointer, element, a.reduced)

  const functions = [
    // (u, v) <- (u + w v, u - w v)
    kernel(
      'butterfliesDit(u: usize, v: usize, n: i32, w: usize, stride: usize)',
      (body) => {
        const product = a.product(body, v, w)
        const base = hold(body, u)
        store(body, 'u', a.normalise(body, a.add(body, base, product)))
        store(body, 'v', a.normalise(body, a.subtract(body, base, product)))
      },
      `u += ${pair}; v += ${pair}; w += stride`,
    ),
    // (u, v) <- (u + v, (u - v) w)
    kernel(
      'butterfliesDif(u: usize, v: usize, n: i32, w: usize, stride: usize)',
      (body) => {
        const [first, second] = [hold(body, u), hold(body, v)]
        const sum = a.normalise(body, a.add(body, first, second))
        const product = a.product(body, a.tidy(body, a.subtract(body, first, second)), w)
        store(body, 'u', sum)
        store(body, 'v', product)
      },
      `u += ${pair}; v += ${pair}; w += stride`,
    ),
    // Lanes (e, o) times (1, w), then (e + o, e - o).
    kernel(
      'crossDit(u: usize, n: i32, w: usize)',
      (body) =>
        store(body, 'u', a.normalise(body, crossed(a, body, a.product(body, u, loadPair('w', a.constants))))),
      `u += ${pair}; w += ${pair}`,
    ),
    // (e + o, e - o), then times (1, w).
    kernel(
      'crossDif(u: usize, n: i32, w: usize)',
      (body) =>
        store(
          body,
          'u',
          a.product(body, a.tidy(body, crossed(a, body, hold(body, u))), loadPair('w', a.constants)),
        ),
      `u += ${pair}; w += ${pair}`,
    ),
    // o_i = (u_2i + u_(2i+1)) + z (u_2i - u_(2i+1)) w_i
    kernel(
      'fold(o: usize, u: usize, n: i32, w: usize, z: usize)',
      (body) => {
        const [first, second] = [hold(body, u), hold(body, loadPair(`(u + ${pair})`, a.reduced))]
        const odd = a.product(body, a.tidy(body, a.subtract(body, first, second)), loadPair('w', a.constants))
        const scaled = a.product(body, odd, loadSplat('z', a.reduced))
        const even = a.normalise(body, a.add(body, first, second))
        store(body, 'o', a.normalise(body, a.add(body, even, scaled)))
      },
      `o += ${pair}; u += ${2 * pair}; w += ${pair}`,
    ),
    kernel(
      'multiply(o: usize, u: usize, v: usize, n: i32)',
      (body) => store(body, 'o', a.product(body, u, v)),
      `o += ${pair}; u += ${pair}; v += ${pair}`,
    ),
    kernel(
      'scale(o: usize, u: usize, n: i32, w: usize)',
      (body) => store(body, 'o', a.product(body, u, x)),
      `o += ${pair}; u += ${pair}`,
    ),
    // o <- o + u w
    kernel(
      'accumulate(o: usize, u: usize, n: i32, w: usize)',
      (body) =>
        store(body, 'o', a.normalise(body, a.add(body, a.product(body, u, x), loadPair('o', a.reduced)))),
      `o += ${pair}; u += ${pair}`,
    ),
    kernel(
      'add(o: usize, u: usize, v: usize, n: i32)',
      (body) => store(body, 'o', a.normalise(body, a.add(body, hold(body, u), v))),
      `o += ${pair}; u += ${pair}; v += ${pair}`,
    ),
    kernel(
      'subtract(o: usize, u: usize, v: usize, n: i32)',
      (body) => store(body, 'o', a.normalise(body, a.subtract(body, hold(body, u), v))),
      `o += ${pair}; u += ${pair}; v += ${pair}`,
    ),
    // o <- o (u - w): the factor of one zero
    kernel(
      'vanish(o: usize, u: usize, n: i32, w: usize)',
      (body) => {
        const node = hold(body, loadPair('u', a.constants))
        const factor = a.tidy(body, a.subtract(body, node, w))
        store(body, 'o', a.product(body, loadPair('o', a.reduced), factor))
      },
      `o += ${pair}; u += ${pair}`,
    ),
    // o <- u, as constants are
    kernel(
      'centre(o: usize, u: usize, n: i32)',
      (body) => storePair(body, 'o', a.normalise(body, hold(body, u)), a.constants),
      `o += ${pair}; u += ${pair}`,
    ),
  ]
  const enter = enterKernel(a, pool)
  const bytes = bytesKernels(a, pool)
  return [
    `export const PAIR: usize = ${pair}\n`,
    `export const LIMBS: i32 = ${a.limbCount}\n`,
    pool.declaration(),
    constantDeclaration(a, 'ONE', 1n),
    enter,
    bytes,
    ...functions,
  ].join('\n')
}

/** Stores a pair after showing that it fits `shape`. */
export const storePair = (body: Body, pointer: string, element: Element, shape: Shape): void => {
  requireShape(`store to ${pointer}`, element, shape)
  element.limbs.forEach(
    (limb, i) => void body.statement(`store<v128>(${pointer}, ${limb.expression}, ${16 * i})`),
  )
}

/** A constant of the field, in both lanes, under a name. */
export const constantDeclaration = (a: Arithmetic, name: string, value: bigint): string =>
  constantsDeclaration(a, name, [value])

/** Several of them, one after the other. */
export const constantsDeclaration = (a: Arithmetic, name: string, values: readonly bigint[]): string => {
  const words = values.flatMap((value) => a.encode(value).flatMap((bits) => [hex(bits), hex(bits)]))
  return `export const ${name}: usize = memory.data<u64>([${words.join(', ')}], 16)\n`
}

/** `enter(o)`: from the plain number to the form that the arithmetic keeps, for arithmetics where they differ. */
export const enterKernel = (a: Arithmetic, pool: ReturnType<typeof createPool>): string => {
  const body = createBody(pool)
  storePair(body, 'o', a.enter(body, 'o'), a.reduced)
  return `function enter(o: usize): void {\n${body.text()}\n}\n`
}

/** Lanes (e, o) to (e + o, e - o). */
const crossed = (a: Arithmetic, body: Body, element: Element): Element => {
  const pick = (lane: number): Element => ({
    limbs: element.limbs.map(({ expression, bound }) => ({
      expression: body.value(`v128.shuffle<i64>(${expression}, ${expression}, ${lane}, ${lane})`),
      bound,
    })),
    value: element.value,
  })
  const [low, high] = [pick(0), pick(1)]
  return a.add(body, low, a.negateWhere(body, high, body.value(a.negationMask('0', '1'))))
}
