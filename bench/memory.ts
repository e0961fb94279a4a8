// Memory of an instance: the WASM memory that it was made with, and what 10,000 calls add to it and to the heap. Run as a
// child with --expose-gc, it prints one JSON object.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface MemoryFigure {
  readonly role: string
  /** WASM memory, fixed when the instance is made: it has no way to grow. */
  readonly wasmMiB: number
  /** Resident memory of the process with one instance. */
  readonly residentMiB: number
  readonly calls: number
  /** JavaScript heap after those calls less the heap before them, collected both times. */
  readonly heapGrowthKiB: number
}

export const measureMemory = (calls: number): readonly MemoryFigure[] =>
  ['verifier', 'prover'].flatMap((role) => {
    const args = ['--expose-gc', fileURLToPath(import.meta.url), role, String(calls)]
    const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    return status === 0 ? [JSON.parse(stdout) as MemoryFigure] : []
  })

if (import.meta.main) {
  const { createKzg } = await import('../src/kzg/index.ts')
  const { memoryBudgets } = await import('../src/kernel/memory.ts')
  const [role, count] = process.argv.slice(2) as ['verifier' | 'prover', string]
  const calls = Number(count)
  const kzg = await createKzg({ role })
  // The constant polynomial 1, committed to by the generator: its proof anywhere is infinity, the check is a whole one.
  const generator = Uint8Array.from(
    Buffer.from(
      '97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb',
      'hex',
    ),
  )
  const infinity = new Uint8Array(48).with(0, 0xc0)
  const one = new Uint8Array(32).with(31, 1)
  const call = (): void => {
    if (!kzg.verifyKzgProof(generator, one, one, infinity)) throw new Error('expected a true claim to verify')
    if (kzg.verifyKzgProof(generator, one, one, generator)) throw new Error('expected a false claim to fail')
  }
  const collected = (): number => {
    globalThis.gc?.()
    globalThis.gc?.()
    return process.memoryUsage().heapUsed
  }
  for (let i = 0; i < 500; i++) call()
  const before = collected()
  for (let i = 0; i < calls / 2; i++) call()
  const figure: MemoryFigure = {
    role,
    wasmMiB: memoryBudgets[role] / 2 ** 20,
    residentMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
    calls,
    heapGrowthKiB: Math.round((collected() - before) / 1024),
  }
  process.stdout.write(JSON.stringify(figure))
}
