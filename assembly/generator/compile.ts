// Runs the AssemblyScript compiler the one way that keeps the kernels' schedule.

import { spawnSync } from 'node:child_process'
import { renameSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Passes that keep the schedule: asc's optimiser moves values so that they spill (assembly/README.md). */
const PASSES = 'vacuum,remove-unused-names,coalesce-locals,reorder-locals,vacuum'

const asc = join(dirname(createRequire(import.meta.url).resolve('assemblyscript/package.json')), 'bin/asc.js')

/** Compiles `entry` to `output`; throws an Error with the compiler's messages. */
export const compile = (entry: string, output: string, features: string): void => {
  // biome-ignore format: one flag with its value a line
  const flags = [
    entry, '-o', `${output}.${process.pid}`,
    '-O0', '--runPasses', PASSES,
    '--enable', features,
    '--runtime', 'stub', '--noAssert', '--importMemory', '--initialMemory', '2',
    '--config', 'none',
  ]
  const { status, stderr, stdout } = spawnSync(process.execPath, [asc, ...flags], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`asc failed for ${entry}\n${stdout}${stderr}`)
  renameSync(`${output}.${process.pid}`, output)
}
