// Which module is chosen, and what happens where neither can be had.

import { readFileSync, statSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { loadKernels } from '../../src/kernel/load.ts'
import { memoryBudgets } from '../../src/kernel/memory.ts'
import { createFieldKernel } from '../../src/kernel/wasm-field.ts'
import { createGroupKernel } from '../../src/kernel/wasm-group.ts'

const build = new URL('../../build/', import.meta.url)
const bytesOf = (name: string) => new Uint8Array(readFileSync(new URL(name, build)))

test('the floating-point module is taken where multiply-adds are fused', async (t) => {
  const { kind, exports } = await loadKernels()
  t.is(kind, exports.isFused() === 1 ? 'float' : 'integer')
})

test('the integer module is taken where the floating-point one does not compile or is not exact', async (t) => {
  const broken = async (name: string) =>
    name === 'kernel-float.wasm' ? new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 99]) : bytesOf(name)
  t.is((await loadKernels({ loadModule: broken })).kind, 'integer')
  const unfused = async (name: string) => (name === 'kernel-float.wasm' ? notFused() : bytesOf(name))
  t.is((await loadKernels({ loadModule: unfused })).kind, 'integer')
  await t.throwsAsync(loadKernels({ kind: 'float', loadModule: unfused }), { message: /fused/ })
})

test('the integer module needs no relaxed SIMD', (t) => {
  // Relaxed SIMD's instructions are 0xfd and a LEB128 number of 0x100 and above: 0x80..0x93 0x02.
  const module = bytesOf('kernel-integer.wasm')
  const relaxed = new Set(Array.from({ length: 20 }, (_, i) => i))
  const found = (bytes: Uint8Array): boolean =>
    bytes.some((byte, i) => byte === 0xfd && relaxed.has(bytes[i + 1]! - 0x80) && bytes[i + 2] === 0x02)
  t.false(found(module))
  t.true(found(bytesOf('kernel-float.wasm')))
})

test('a module that cannot be loaded is an error that says so', async (t) => {
  const failing = () => Promise.reject(new Error('gone'))
  await t.throwsAsync(loadKernels({ loadModule: failing }), { message: 'gone' })
})

test('instances stay within their budgets of memory, and calls take none', async (t) => {
  for (const kind of ['float', 'integer'] as const) {
    const instance = await loadKernels({ kind })
    const field = createFieldKernel(instance)
    const group = createGroupKernel(instance)
    t.is(instance.arena.bytes.length, memoryBudgets.verifier)
    const free = instance.arena.free()
    const point = new Uint8Array(96)
    for (let i = 0; i < 1000; i++) group.msm(point, new Uint8Array(32))
    for (let i = 0; i < 20; i++) field.extendRow(new Uint8Array(131_072))
    t.is(instance.arena.free(), free)
    t.is(instance.arena.bytes.buffer.byteLength, memoryBudgets.verifier)
  }
})

test('modules stay within their budgets of size', (t) => {
  for (const name of ['kernel-float.wasm', 'kernel-integer.wasm']) {
    t.true(statSync(new URL(name, build)).size <= 512 * 1024, `${name} in bytes`)
    t.true(gzipSync(bytesOf(name)).length <= 120 * 1024, `${name} compressed`)
  }
})

/** The float module's replacement: it has `heap` and an `isFused` that says 0. */
const notFused = (): Uint8Array<ArrayBuffer> =>
  new Uint8Array([
    ...[0, 97, 115, 109, 1, 0, 0, 0],
    // type () -> i32; one function; global heap = 0; exports; body: i32.const 0
    ...[1, 5, 1, 96, 0, 1, 127],
    ...[3, 2, 1, 0],
    ...[6, 6, 1, 127, 0, 65, 0, 11],
    ...[7, 18, 2, 4, 104, 101, 97, 112, 3, 0, 7, 105, 115, 70, 117, 115, 101, 100, 0, 0],
    ...[10, 6, 1, 4, 0, 65, 0, 11],
  ])
