// How long a cold process takes until it has its first answer: run as a child, `node load.ts <who> <what>`, it prints
// milliseconds from before the import to after the first result.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { KzgRole } from '../src/kzg/index.ts'
import { type Figure, summary } from './measure.ts'

const roles: Readonly<Record<string, KzgRole>> = {
  'ready to verify': 'verifier',
  'ready to commit': 'committer',
  'ready to prove': 'prover',
}

/** Ours and the rivals, `rounds` processes each, in turn. */
export const measureLoading = (rivals: readonly string[], rounds: number): readonly Figure[] => {
  const runs = [
    ...Object.keys(roles).map((op) => ({ op: `load: ${op}`, impl: 'weft', args: ['weft', roles[op]!] })),
    ...rivals.map((impl) => ({ op: 'load: everything', impl, args: [impl, 'prover'] })),
  ]
  const times = runs.map((): number[] => [])
  for (let round = 0; round < rounds; round++) {
    runs.forEach(({ args }, i) => {
      const { stdout, status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...args], {
        encoding: 'utf8',
      })
      if (status === 0) times[i]!.push(Number(stdout))
    })
  }
  return runs.map(({ op, impl }, i) => ({ op, impl, ...summary(times[i]!) }))
}

if (import.meta.main) {
  const [who, role] = process.argv.slice(2)
  const started = performance.now()
  if (who === 'weft') {
    const { createKzg } = await import('../src/kzg/index.ts')
    const kzg = await createKzg({ role: role as KzgRole })
    const infinity = new Uint8Array(48).with(0, 0xc0)
    const zero = new Uint8Array(32)
    if (role === 'verifier' && !kzg.verifyKzgProof(infinity, zero, zero, infinity)) process.exitCode = 1
  } else {
    const { loadRival } = await import('./rivals.ts')
    await loadRival(who as Parameters<typeof loadRival>[0])
  }
  process.stdout.write(String(performance.now() - started))
}
