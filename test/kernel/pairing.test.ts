import { readFileSync } from 'node:fs'
import test from 'ava'
import { type KernelKind, loadKernels } from '../../src/kernel/load.ts'
import { affine, generator, multiply } from '../../src/kernel/twin/curve.ts'
import { createPairingTwin } from '../../src/kernel/twin/pairing-twin.ts'
import { createPairingKernel } from '../../src/kernel/wasm-pairing.ts'
import { hashed } from '../kzg/blobs.ts'

const verify = new Uint8Array(readFileSync(new URL('../../build/setup/verify.bin', import.meta.url)))
const powers = Array.from({ length: 64 }, (_, i) => verify.subarray(96 * i, 96 * (i + 1)))
const g2 = verify.subarray(6144, 6720)
const lines = verify.subarray(6720)
const twin = createPairingTwin(g2)

const bytesOf = ({ x, y }: { readonly x: bigint; readonly y: bigint }): Uint8Array =>
  new Uint8Array(Buffer.from([x, y].map((value) => value.toString(16).padStart(96, '0')).join(''), 'hex'))

/** factor * point of the setup, affine. */
const times = (point: Uint8Array, factor: bigint): Uint8Array => {
  const [x, y] = [0, 48].map((at) => BigInt(`0x${Buffer.from(point.subarray(at, at + 48)).toString('hex')}`))
  return bytesOf(affine(multiply({ x: x!, y: y!, z: 1n }, factor)))
}

const infinity = new Uint8Array(96)
const one = bytesOf(generator)

const kinds: readonly KernelKind[] = ['float', 'integer']
const kernels = await Promise.all(
  kinds.map(async (kind) => createPairingKernel(await loadKernels({ kind }), lines)),
)

for (const [i, kind] of kinds.entries()) {
  const kernel = kernels[i]!

  test(`${kind}: pairings balance for powers of the same secret, and for no others`, (t) => {
    for (const i of [0, 1, 30, 62]) {
      t.true(kernel.isBalanced(powers[i]!, powers[i + 1]!, 1))
      t.false(kernel.isBalanced(powers[i + 1]!, powers[i]!, 1))
      t.false(kernel.isBalanced(powers[i]!, powers[i]!, 1))
      t.false(kernel.isBalanced(powers[i]!, powers[i + 1]!, 64))
    }
  })

  test(`${kind}: pairings are linear in both points`, (t) => {
    for (const seed of ['a', 'b', 'c']) {
      const [k, n] = [hashed(`k${seed}`), hashed(`n${seed}`)]
      t.true(kernel.isBalanced(times(powers[4]!, k), times(powers[5]!, k), 1))
      t.false(kernel.isBalanced(times(powers[4]!, k), times(powers[5]!, n), 1))
    }
  })

  test(`${kind} and twin agree for both powers of tau`, (t) => {
    for (const [left, right] of [
      [one, powers[1]!],
      [powers[7]!, powers[8]!],
      [powers[9]!, one],
      [times(one, 2n), times(powers[1]!, 2n)],
    ] as const) {
      for (const power of [1, 64] as const) {
        t.is(kernel.isBalanced(left, right, power), twin.isBalanced(left, right, power))
      }
    }
  })

  test(`${kind}: infinity balances infinity alone`, (t) => {
    for (const power of [1, 64] as const) {
      t.true(kernel.isBalanced(infinity, infinity, power))
      t.false(kernel.isBalanced(infinity, one, power))
      t.false(kernel.isBalanced(one, infinity, power))
    }
  })

  test(`${kind}: wrong lengths and numbers not below p are refused`, (t) => {
    for (const wrong of [one.subarray(1), new Uint8Array(96).fill(255), new Uint8Array(0)]) {
      t.throws(() => kernel.isBalanced(wrong, one, 1), { instanceOf: RangeError })
      t.throws(() => kernel.isBalanced(one, wrong, 1), { instanceOf: RangeError })
    }
  })
}

test('a kernel refuses lines that are not three points’', async (t) => {
  const instance = await loadKernels()
  t.throws(() => createPairingKernel(instance, lines.subarray(1)), { instanceOf: RangeError })
  t.throws(() => createPairingKernel(instance, lines.slice().fill(255)), { instanceOf: RangeError })
})
