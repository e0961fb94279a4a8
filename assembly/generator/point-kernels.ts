// Recipes of the base field: single operations for code that calls them, and the passes of batch-affine addition.
//
// A batch of additions P + Q = D shares one inversion (Montgomery's trick). Its n lane pairs go through five passes:
//
//   gatherDifferences  d = xQ - xP; prefix products of all d, in four independent chains
//   spreadInverses     backwards, from the inverses of the chains: 1/d of each
//   slopes             s = (yQ - yP) / d
//   abscissas          x = s^2 - xP - xQ
//   ordinates          y = s (xP - x) - yP; both stored to D
//
// Points lie anywhere, x and y one after the other, 8 bytes a limb; a lane pair is a record of 24 bytes that names
// them: P0 Q0 P1 Q1 D0 D1, the lowest bit of P and Q saying "negated". For doublings d = 2y and the slope's
// numerator is 3x^2. Equal or opposite points (d = 0) make the product of a chain zero, which whoever inverts it
// sees; they are mended there (kernels/batch.ts).

import { type Arithmetic, hold, loadPair } from './arithmetic.ts'
import { type Element, multipleOf, requireShape, type Shape } from './bounds.ts'
import { bytesKernels } from './bytes.ts'
import { type Body, createBody, createPool } from './emitter.ts'
import { constantDeclaration, enterKernel, storePair } from './scalar-kernels.ts'

/** Offsets in a record. */
const RECORD = { P0: 0, Q0: 4, P1: 8, Q1: 12, D0: 16, D1: 20 } as const
type Place = keyof typeof RECORD
export const RECORD_BYTES = 24
/** Chains of prefix products: one product's latency hides behind three others. */
export const CHAINS = 4

/** The cube root of 1 for which (x, y) -> (BETA x, y) is multiplication by -z^2, z the curve's parameter. */
const BETA = 0x5f19672fdf76ce51ba69c6076a0f77eaddb3a93be6f89688de17d813620a00022e01fffffffefffen

/** 48 bytes, big-endian. */
const bytesDeclaration = (name: string, value: bigint): string => {
  const bytes = value.toString(16).padStart(96, '0').match(/../g) ?? []
  return `export const ${name}: usize = memory.data<u8>([${bytes.map((byte) => `0x${byte}`).join(', ')}], 16)\n`
}

/** The text of `fp.ts`. */
export const pointKernels = (a: Arithmetic): string => {
  const pool = createPool()
  const pair = 16 * a.limbCount
  const single = 8 * a.limbCount
  const { reduced } = a
  const difference = multipleOf(reduced, 2n)
  const from = (pointer: string, shape: Shape = reduced): Element => loadPair(pointer, shape)
  const store = (body: Body, pointer: string, element: Element, shape: Shape = reduced): void =>
    storePair(body, pointer, element, shape)
  const loop = (signature: string, recipe: (body: Body) => void, advance: string): string => {
    const body = createBody(pool)
    recipe(body)
    return `export function ${signature}: void {\n  for (let i = 0; i < n; i++) {\n${body.text()}\n  ${advance}\n  }\n}\n`
  }
  /** Through memory and back: operands of a product that would only occupy registers until then. */
  const park = (body: Body, place: 'PARK0' | 'PARK1', element: Element): Element => {
    element.limbs.forEach(
      (limb, i) => void body.statement(`store<v128>(${place}, ${limb.expression}, ${16 * i})`),
    )
    const bounds = element.limbs.map((limb) => limb.bound)
    return loadPair(place, { name: 'parked', bounds, value: element.value })
  }

  // ---- points anywhere in memory ----

  const address = (body: Body, place: Place): string =>
    body.scalar('usize', `<usize>(load<u32>(pairs, ${RECORD[place]}) & ~1)`)
  const signs = (body: Body, first: Place, second: Place): string =>
    body.value(
      a.negationMask(`(load<u32>(pairs, ${RECORD[first]}) & 1)`, `(load<u32>(pairs, ${RECORD[second]}) & 1)`),
    )
  /** One coordinate of two points, lane by lane. */
  const gather = (body: Body, points: readonly [string, string], coordinate: 'x' | 'y'): Element => {
    const offset = coordinate === 'x' ? 0 : single
    const limbs = Array.from({ length: a.limbCount / 2 }, (_, t) => {
      const [u, v] = points.map((point) => body.value(`load<v128>(${point}, ${offset + 16 * t})`))
      return [0, 1].map((k) => body.value(`v128.shuffle<i64>(${u}, ${v}, ${k}, ${k + 2})`))
    }).flat()
    return {
      limbs: limbs.map((expression, i) => ({ expression, bound: reduced.bounds[i] as bigint })),
      value: reduced.value,
    }
  }
  const scatter = (
    body: Body,
    points: readonly [string, string],
    coordinate: 'x' | 'y',
    element: Element,
  ): void => {
    const offset = coordinate === 'x' ? 0 : single
    for (let t = 0; t < a.limbCount; t += 2) {
      const [u, v] = [element.limbs[t]?.expression, element.limbs[t + 1]?.expression]
      points.forEach((point, k) => {
        const merged = `v128.shuffle<i64>(${u}, ${v}, ${k}, ${k + 2})`
        body.statement(`store<v128>(${point}, ${merged}, ${offset + 8 * t})`)
      })
    }
  }
  const pointsAt = (body: Body, first: Place, second: Place): readonly [string, string] => [
    address(body, first),
    address(body, second),
  ]
  const P = (body: Body) => pointsAt(body, 'P0', 'P1')
  const Q = (body: Body) => pointsAt(body, 'Q0', 'Q1')
  const D = (body: Body) => pointsAt(body, 'D0', 'D1')

  const multiplyChain = (body: Body): void => {
    const accumulator = body.scalar('usize', `chains + <usize>(i & ${CHAINS - 1}) * ${pair}`)
    store(body, 'prefix', hold(body, from(accumulator)))
    store(body, accumulator, a.product(body, from(accumulator), from('d', difference)))
  }

  const passes = [
    loop(
      'gatherDifferences(n: i32, pairs: usize, d: usize, prefix: usize, chains: usize)',
      (body) => {
        const [p, q] = [P(body), Q(body)]
        store(body, 'd', a.subtract(body, gather(body, q, 'x'), gather(body, p, 'x')), difference)
        multiplyChain(body)
      },
      `pairs += ${RECORD_BYTES}; d += ${pair}; prefix += ${pair}`,
    ),
    loop(
      'gatherOrdinates(n: i32, pairs: usize, d: usize, prefix: usize, chains: usize)',
      (body) => {
        const y = gather(body, P(body), 'y')
        store(body, 'd', a.add(body, y, y), difference)
        multiplyChain(body)
      },
      `pairs += ${RECORD_BYTES}; d += ${pair}; prefix += ${pair}`,
    ),
    // The same from differences that lie there already.
    loop(
      'prefixProducts(n: i32, d: usize, prefix: usize, chains: usize)',
      multiplyChain,
      `d += ${pair}; prefix += ${pair}`,
    ),
    backwards(
      'spreadInverses(n: i32, d: usize, prefix: usize, chains: usize)',
      (body) => {
        const accumulator = body.scalar('usize', `chains + <usize>(i & ${CHAINS - 1}) * ${pair}`)
        store(body, 'prefix', a.product(body, from(accumulator), from('prefix')))
        store(body, accumulator, a.product(body, from(accumulator), from('d', difference)))
      },
      pool,
      pair,
    ),
    loop(
      'slopes(n: i32, pairs: usize, inverse: usize)',
      (body) => {
        const [p, q] = [P(body), Q(body)]
        const y0 = a.negateWhere(body, gather(body, p, 'y'), signs(body, 'P0', 'P1'))
        const y1 = a.negateWhere(body, gather(body, q, 'y'), signs(body, 'Q0', 'Q1'))
        const numerator = park(body, 'PARK0', a.subtract(body, y1, y0))
        store(body, 'inverse', a.product(body, numerator, from('inverse')))
      },
      `pairs += ${RECORD_BYTES}; inverse += ${pair}`,
    ),
    loop(
      'tangents(n: i32, pairs: usize, inverse: usize)',
      (body) => {
        const square = a.square(body, gather(body, P(body), 'x'))
        const numerator = park(body, 'PARK0', a.add(body, a.add(body, square, square), square))
        store(body, 'inverse', a.product(body, numerator, from('inverse')))
      },
      `pairs += ${RECORD_BYTES}; inverse += ${pair}`,
    ),
    loop(
      'abscissas(n: i32, pairs: usize, slope: usize, x: usize)',
      (body) => {
        const sum = a.add(body, gather(body, P(body), 'x'), gather(body, Q(body), 'x'))
        const subtract = [park(body, 'PARK0', sum)]
        store(body, 'x', a.square(body, from('slope'), { subtract }))
      },
      `pairs += ${RECORD_BYTES}; slope += ${pair}; x += ${pair}`,
    ),
    loop(
      'ordinates(n: i32, pairs: usize, slope: usize, x: usize)',
      (body) => {
        const [p, d] = [P(body), D(body)]
        const way = park(body, 'PARK0', a.subtract(body, gather(body, p, 'x'), hold(body, from('x'))))
        const y = a.negateWhere(body, gather(body, p, 'y'), signs(body, 'P0', 'P1'))
        const subtract = [park(body, 'PARK1', y)]
        const result = a.product(body, way, from('slope'), { subtract })
        // What is scattered to points is what `gather` takes for granted.
        requireShape('ordinate', result, reduced)
        scatter(body, d, 'x', hold(body, from('x')))
        scatter(body, d, 'y', result)
      },
      `pairs += ${RECORD_BYTES}; slope += ${pair}; x += ${pair}`,
    ),
  ]
  // For mending (kernels/batch.ts): the parts of a slope by themselves, and a difference as a reduced element.
  const signedOrdinate = (body: Body, place: 'P' | 'Q'): Element =>
    a.negateWhere(
      body,
      gather(body, place === 'P' ? P(body) : Q(body), 'y'),
      place === 'P' ? signs(body, 'P0', 'P1') : signs(body, 'Q0', 'Q1'),
    )
  const mending = [
    loop(
      'ordinateDifferences(n: i32, pairs: usize, o: usize)',
      (body) => {
        const [y0, y1] = [signedOrdinate(body, 'P'), signedOrdinate(body, 'Q')]
        store(body, 'o', a.normalise(body, a.subtract(body, y1, y0)))
      },
      `pairs += ${RECORD_BYTES}; o += ${pair}`,
    ),
    loop(
      'doubledOrdinates(n: i32, pairs: usize, o: usize)',
      (body) => {
        const y = signedOrdinate(body, 'P')
        store(body, 'o', a.normalise(body, a.add(body, y, y)))
      },
      `pairs += ${RECORD_BYTES}; o += ${pair}`,
    ),
    loop(
      'tangentNumerators(n: i32, pairs: usize, o: usize)',
      (body) => {
        const square = a.square(body, gather(body, P(body), 'x'))
        store(body, 'o', a.normalise(body, a.add(body, a.add(body, square, square), square)))
      },
      `pairs += ${RECORD_BYTES}; o += ${pair}`,
    ),
    loop(
      'reduceDifferences(o: usize, d: usize, n: i32)',
      (body) => store(body, 'o', a.normalise(body, hold(body, from('d', difference)))),
      `o += ${pair}; d += ${pair}`,
    ),
  ]
  /** `copyPoint(o, point)`: the point, negated if the lowest bit of its address is set. */
  const copyPoint = (): string => {
    const body = createBody(pool)
    body.statement('const p: usize = point & ~1')
    const mask = body.value(a.negationMask('(point & 1)', '(point & 1)'))
    for (let t = 0; t < a.limbCount; t += 2) {
      body.statement(`store<v128>(o, load<v128>(p, ${8 * t}), ${8 * t})`)
      const y: Element = { limbs: [{ expression: `load<v128>(p, ${single + 8 * t})`, bound: 0n }], value: 0n }
      const negated = a.negateWhere(body, y, mask)
      body.statement(`store<v128>(o, ${negated.limbs[0]?.expression}, ${single + 8 * t})`)
    }
    return `export function copyPoint(o: usize, point: usize): void {\n${body.text()}\n}\n`
  }
  const copy = copyPoint()

  const o = `o += ${pair}; a += ${pair}`
  const operations = [
    loop(
      'multiply(o: usize, a: usize, b: usize, n: i32)',
      (body) => store(body, 'o', a.product(body, from('a'), from('b'))),
      `${o}; b += ${pair}`,
    ),
    loop('square(o: usize, a: usize, n: i32)', (body) => store(body, 'o', a.square(body, from('a'))), o),
    loop(
      'add(o: usize, a: usize, b: usize, n: i32)',
      (body) => store(body, 'o', a.normalise(body, a.add(body, hold(body, from('a')), from('b')))),
      `${o}; b += ${pair}`,
    ),
    loop(
      'subtract(o: usize, a: usize, b: usize, n: i32)',
      (body) => store(body, 'o', a.normalise(body, a.subtract(body, hold(body, from('a')), from('b')))),
      `${o}; b += ${pair}`,
    ),
    // Repeated squaring, in place.
    loop('squareTimes(o: usize, n: i32)', (body) => store(body, 'o', a.square(body, from('o'))), ''),
  ]
  const enter = enterKernel(a, pool)
  const bytes = bytesKernels(a, pool)
  return [
    `export const PAIR: usize = ${pair}\n`,
    `export const SINGLE: usize = ${single}\n`,
    `export const LIMBS: i32 = ${a.limbCount}\n`,
    `export const CHAINS: i32 = ${CHAINS}\n`,
    `export const RECORD: usize = ${RECORD_BYTES}\n`,
    `const PARK0: usize = memory.data(${pair}, 16)\nconst PARK1: usize = memory.data(${pair}, 16)\n`,
    pool.declaration(),
    constantDeclaration(a, 'ONE', 1n),
    constantDeclaration(a, 'FOUR', 4n),
    constantDeclaration(a, 'TWELVE', 12n),
    constantDeclaration(a, 'BETA', BETA),
    bytesDeclaration('ROOT_EXPONENT', (a.field.modulus + 1n) / 4n),
    bytesDeclaration('HALF_MODULUS', (a.field.modulus - 1n) / 2n),
    enter,
    bytes,
    ...operations,
    ...passes,
    ...mending,
    copy,
  ].join('\n')
}

/** A loop from the last of n to the first. */
const backwards = (
  signature: string,
  recipe: (body: Body) => void,
  pool: ReturnType<typeof createPool>,
  pair: number,
): string => {
  const body = createBody(pool)
  recipe(body)
  return `export function ${signature}: void {
  d += <usize>n * ${pair}
  prefix += <usize>n * ${pair}
  for (let i = n - 1; i >= 0; i--) {
    d -= ${pair}
    prefix -= ${pair}
${body.text()}
  }
}
`
}
