// Recipes of the quadratic extension Fp2 = Fp[u]/(u^2 + 1), the tower's lowest floor, with the sums fused into the
// products that the floors above are made of (kernels/tower.ts). An element of Fp2 is two pairs, c0 and c1; the two
// lanes of every pair are independent all the way, one pairing in each.

import { type Arithmetic, hold, loadPair } from './arithmetic.ts'
import type { Element } from './bounds.ts'
import { type Body, createBody, createPool } from './emitter.ts'
import { least, P } from './integers.ts'
import { constantsDeclaration, storePair } from './scalar-kernels.ts'

type Pair2 = readonly [Element, Element]

/** The text of `fp2.ts`. */
export const towerKernels = (a: Arithmetic): string => {
  const pool = createPool()
  const pair = 16 * a.limbCount
  const from = (pointer: string, index = 0): Element =>
    loadPair(index === 0 ? pointer : `(${pointer} + ${index * pair})`, a.reduced)
  const from2 = (pointer: string): Pair2 => [from(pointer), from(pointer, 1)]
  const held2 = (body: Body, pointer: string): Pair2 => [
    hold(body, from(pointer)),
    hold(body, from(pointer, 1)),
  ]
  const store = (body: Body, pointer: string, element: Element, index = 0): void =>
    storePair(body, index === 0 ? pointer : `${pointer} + ${index * pair}`, element, a.reduced)
  const store2 = (body: Body, pointer: string, [c0, c1]: Pair2): void => {
    store(body, pointer, c0)
    store(body, pointer, c1, 1)
  }
  const both = (change: (c0: Element, c1: Element) => Element, u: Pair2, v: Pair2): Pair2 => [
    change(u[0], v[0]),
    change(u[1], v[1]),
  ]
  const kernel = (signature: string, recipe: (body: Body) => void): string => {
    const body = createBody(pool)
    recipe(body)
    return `export function ${signature}: void {\n${body.text()}\n}\n`
  }
  const loop = (signature: string, recipe: (body: Body) => void, advance: string): string => {
    const body = createBody(pool)
    recipe(body)
    return `export function ${signature}: void {\n  for (let i = 0; i < n; i++) {\n${body.text()}\n  ${advance}\n  }\n}\n`
  }
  const sum = (body: Body, u: Element, v: Element): Element => a.tidy(body, a.add(body, u, v))
  const difference = (body: Body, u: Element, v: Element): Element => a.tidy(body, a.subtract(body, u, v))

  /** u v - rest with three products (Karatsuba). */
  const product = (body: Body, u: Pair2, v: Pair2, rest: readonly Pair2[] = []): Pair2 => {
    const low = a.product(body, u[0], v[0])
    const high = a.product(body, u[1], v[1])
    const real = rest.reduce((total, [c0]) => a.subtract(body, total, c0), a.subtract(body, low, high))
    const mixed = a.product(body, sum(body, u[0], u[1]), sum(body, v[0], v[1]), {
      subtract: [low, high, ...rest.map(([, c1]) => c1)],
    })
    return [a.normalise(body, real), mixed]
  }
  /** u^2 - rest with two products. */
  const square = (body: Body, u: Pair2, rest: readonly Pair2[] = []): Pair2 => [
    a.product(body, sum(body, u[0], u[1]), difference(body, u[0], u[1]), {
      subtract: rest.map(([c0]) => c0),
    }),
    a.product(body, sum(body, u[0], u[0]), u[1], { subtract: rest.map(([, c1]) => c1) }),
  ]
  const sum2 = (body: Body, u: string, v: string): Pair2 =>
    both((x, y) => hold(body, a.normalise(body, a.add(body, x, y))), held2(body, u), from2(v))

  /** Lane i of u (0, 1) or v (2, 3) in lane 0, lane k in lane 1. */
  const picked = (body: Body, u: Element, v: Element, i: number, k: number): Element => ({
    limbs: u.limbs.map((limb, place) => {
      const other = v.limbs[place]!
      return {
        expression: body.value(`v128.shuffle<i64>(${limb.expression}, ${other.expression}, ${i}, ${k})`),
        bound: -least(-limb.bound, -other.bound),
      }
    }),
    value: -least(-u.value, -v.value),
  })
  /** 3 m + 2 v, v negated in the lanes that `signs` says. */
  const tripled = (body: Body, m: Pair2, v: Pair2, signs: readonly [string, string]): Pair2 => {
    const mask = body.value(a.negationMask(...signs))
    return both(
      (x, y) => {
        const once = a.add(body, x, a.negateWhere(body, y, mask))
        return a.normalise(body, a.add(body, x, a.add(body, once, once)))
      },
      m,
      v,
    )
  }

  const functions = [
    kernel('multiply2(o: usize, a: usize, b: usize)', (body) => {
      store2(body, 'o', product(body, from2('a'), from2('b')))
    }),
    // o = (a + c)(b + d) - v - w
    kernel('multiplySums2(o: usize, a: usize, c: usize, b: usize, d: usize, v: usize, w: usize)', (body) => {
      store2(body, 'o', product(body, sum2(body, 'a', 'c'), sum2(body, 'b', 'd'), [from2('v'), from2('w')]))
    }),
    kernel('square2(o: usize, a: usize)', (body) => store2(body, 'o', square(body, held2(body, 'a')))),
    // o = (a + c)^2 - v - w
    kernel('squareSum2(o: usize, a: usize, c: usize, v: usize, w: usize)', (body) => {
      store2(body, 'o', square(body, sum2(body, 'a', 'c'), [from2('v'), from2('w')]))
    }),
    // o = a s, s in Fp
    kernel('scale2(o: usize, a: usize, s: usize)', (body) => {
      const factor = from('s')
      store2(body, 'o', [a.product(body, from('a'), factor), a.product(body, from('a', 1), factor)])
    }),
    // o = a + (1 + u) m
    kernel('addXi2(o: usize, a: usize, m: usize)', (body) => {
      const [m0, m1] = held2(body, 'm')
      const [a0, a1] = held2(body, 'a')
      const real = a.subtract(body, a.add(body, a0, m0), m1)
      const imaginary = a.add(body, a.add(body, a1, m0), m1)
      store2(body, 'o', [a.normalise(body, real), a.normalise(body, imaginary)])
    }),
    // o = (1 + u) m
    kernel('timesXi2(o: usize, m: usize)', (body) => {
      const [m0, m1] = held2(body, 'm')
      store2(body, 'o', [a.normalise(body, a.subtract(body, m0, m1)), a.normalise(body, a.add(body, m0, m1))])
    }),
    ...(['add', 'subtract'] as const).map((operation) =>
      // o = 3 a +- 2 b for n pairs
      loop(
        `triple${operation === 'add' ? 'Plus' : 'Minus'}Double(o: usize, a: usize, b: usize, n: i32)`,
        (body) => {
          const [u, v] = [hold(body, from('a')), hold(body, from('b'))]
          const once = a[operation](body, u, v)
          store(body, 'o', a.normalise(body, a.add(body, u, a.add(body, once, once))))
        },
        `o += ${pair}; a += ${pair}; b += ${pair}`,
      ),
    ),
    loop(
      'negate(o: usize, a: usize, n: i32)',
      (body) => {
        const mask = body.value(a.negationMask('1', '1'))
        store(body, 'o', a.normalise(body, a.negateWhere(body, hold(body, from('a')), mask)))
      },
      `o += ${pair}; a += ${pair}`,
    ),
    // Steps of squaring packed elements of the cyclotomic subgroup (kernels/tower.ts, packedSquare): o = 3 m +- 2 o,
    // the lanes of m and the signs being those of the three formulas.
    kernel('mixFirst2(o: usize, s: usize, r: usize)', (body) => {
      const [s0, s1] = held2(body, 's')
      const [x0, x1] = [s0, s1].map((element) => picked(body, element, element, 1, 2)) as [Element, Element]
      // s in lane 0 plus xi times s in lane 1; r less both.
      const first = [a.subtract(body, a.add(body, s0, x0), x1), a.add(body, a.add(body, s1, x0), x1)]
      const second = [s0, s1].map((element, i) =>
        a.subtract(body, a.subtract(body, hold(body, from('r', i)), element), [x0, x1][i]!),
      )
      const m = first.map((element, i) => picked(body, element, second[i]!, 0, 3))
      store2(body, 'o', tripled(body, m as [Element, Element], held2(body, 'o'), ['1', '0']))
    }),
    kernel('mixSecond2(o: usize, t: usize, u: usize)', (body) => {
      const [u0, u1] = held2(body, 'u')
      const xi = [a.subtract(body, u0, u1), a.add(body, u0, u1)]
      const m = xi.map((element, i) => picked(body, element, hold(body, from('t', i)), 1, 2))
      store2(body, 'o', tripled(body, m as [Element, Element], held2(body, 'o'), ['0', '1']))
    }),
    kernel('mixThird2(o: usize, t: usize, u: usize)', (body) => {
      const m = [0, 1].map((i) => picked(body, hold(body, from('t', i)), hold(body, from('u', i)), 1, 2))
      store2(body, 'o', tripled(body, m as [Element, Element], held2(body, 'o'), ['1', '0']))
    }),
    // The same with the lanes exchanged, n limbs.
    `/** Lane 0 of a and lane 1 of b, n limbs. */
export function packLanes(o: usize, a: usize, b: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    store<v128>(o, v128.shuffle<i64>(load<v128>(a), load<v128>(b), 0, 3))
    o += 16
    a += 16
    b += 16
  }
}
/** One lane of a in both, n limbs. */
export function spreadLow(o: usize, a: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    const limb = load<v128>(a)
    store<v128>(o, v128.shuffle<i64>(limb, limb, 0, 0))
    o += 16
    a += 16
  }
}
export function spreadHigh(o: usize, a: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    const limb = load<v128>(a)
    store<v128>(o, v128.shuffle<i64>(limb, limb, 1, 1))
    o += 16
    a += 16
  }
}
export function swapLanes(o: usize, a: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    const limb = load<v128>(a)
    store<v128>(o, v128.shuffle<i64>(limb, limb, 1, 0))
    o += 16
    a += 16
  }
}
`,
  ]
  return [
    pool.declaration(),
    // xi^(i (p-1)/6) for i = 1..5, in Fp2, and their norms, in Fp: what powers of w get by x -> x^p and x -> x^(p^2).
    constantsDeclaration(a, 'FROBENIUS', frobenius.flat()),
    constantsDeclaration(
      a,
      'FROBENIUS_SQUARED',
      frobenius.map(([c0, c1]) => (c0 * c0 + c1 * c1) % P),
    ),
    ...functions,
  ].join('\n')
}

type Complex = readonly [bigint, bigint]

const times = ([a, b]: Complex, [c, d]: Complex): Complex => [
  (((a * c - b * d) % P) + P) % P,
  (a * d + b * c) % P,
]

const power = (base: Complex, exponent: bigint): Complex => {
  let result: Complex = [1n, 0n]
  for (let rest = exponent, square = base; rest > 0n; rest >>= 1n, square = times(square, square)) {
    if (rest & 1n) result = times(result, square)
  }
  return result
}

const frobenius: readonly Complex[] = [1n, 2n, 3n, 4n, 5n].map((i) => power([1n, 1n], (i * (P - 1n)) / 6n))
