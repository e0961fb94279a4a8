// Loads a kernel module and gives it a memory. The floating-point module is right only where `relaxed_madd` is one
// fused operation: it is asked, and where it is not, or where relaxed SIMD is unknown, the integer module of the same
// exports is taken.

import type { KernelExports } from './exports.ts'
import { type Arena, createArena, type MemoryBudget, memoryPages } from './memory.ts'

export type KernelKind = 'float' | 'integer'

export interface KernelOptions {
  /** Which module: by default `float` where it is exact, else `integer`. A kind that cannot run here is an error. */
  readonly kind?: KernelKind
  /** How much memory the instance may have: a verifier's 24 MiB (default) or a prover's 96 MiB. */
  readonly budget?: MemoryBudget
  /** Bytes of the module of that name (`kernel-float.wasm`): for pages and bundlers. Default: the file beside the package. */
  readonly loadModule?: (name: string) => Promise<BufferSource>
}

/** A module with its memory; everything else in this room is made of it. */
export interface KernelInstance {
  readonly kind: KernelKind
  readonly exports: KernelExports
  readonly arena: Arena
}

/** Instantiates a kernel module. Error if neither module (or the one asked for) can run here. */
export const loadKernels = async (options: KernelOptions = {}): Promise<KernelInstance> => {
  if (options.kind !== undefined) {
    const instance = await instantiate(options.kind, options)
    if (isUsable(instance)) return instance
    throw new Error(
      'expected an engine with fused relaxed_madd for the floating-point kernels, got one without',
    )
  }
  try {
    const instance = await instantiate('float', options)
    if (isUsable(instance)) return instance
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error
  }
  return instantiate('integer', options)
}

const isUsable = ({ exports }: KernelInstance): boolean => exports.isFused() === 1

const instantiate = async (kind: KernelKind, options: KernelOptions): Promise<KernelInstance> => {
  const module = await compiled(`kernel-${kind}.wasm`, options.loadModule)
  const pages = memoryPages(options.budget ?? 'verifier')
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
  const abort = (): never => {
    throw new RangeError('kernel aborted')
  }
  const instance = await WebAssembly.instantiate(module, { env: { memory, abort } })
  const exports = instance.exports as unknown as KernelExports
  return { kind, exports, arena: createArena(memory, exports.heap.value) }
}

const modules = new Map<string, Promise<WebAssembly.Module>>()

/** Modules from the default place are compiled once per thread. */
const compiled = (name: string, loadModule: KernelOptions['loadModule']): Promise<WebAssembly.Module> => {
  if (loadModule !== undefined) return loadModule(name).then((bytes) => WebAssembly.compile(bytes))
  const known = modules.get(name)
  if (known !== undefined) return known
  const module = readBesidePackage(name).then((bytes) => WebAssembly.compile(bytes))
  modules.set(name, module)
  module.catch(() => modules.delete(name))
  return module
}

/** build/ lies two folders up from src/kernel and from dist/kernel alike. */
const readBesidePackage = async (name: string): Promise<BufferSource> => {
  const url = new URL(`../../build/${name}`, import.meta.url)
  if (url.protocol !== 'file:') {
    const response = await fetch(url)
    if (!response.ok) throw new Error(`expected ${url.href}, got status ${response.status}`)
    return response.arrayBuffer()
  }
  const { readFile } = await import('node:fs/promises')
  return new Uint8Array(await readFile(url))
}
