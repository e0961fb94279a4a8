// Runs the AssemblyScript compiler the one way that keeps the kernels' schedule.

import { spawnSync } from 'node:child_process'
import { renameSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const asc = join(dirname(createRequire(import.meta.url).resolve('assemblyscript/package.json')), 'bin/asc.js')

/** asconfig.json: the passes that keep the schedule (README.md), and a target for each kind of module. */
const config = fileURLToPath(new URL('../../asconfig.json', import.meta.url))

/** Compiles `entry` to `output`; throws an Error with the compiler's messages. */
export const compile = (entry: string, output: string, kind: 'float' | 'integer'): void => {
  const unfinished = `${output}.${process.pid}`
  const flags = [entry, '--config', config, '--target', kind, '-o', unfinished]
  const { status, stderr, stdout } = spawnSync(process.execPath, [asc, ...flags], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`asc failed for ${entry}\n${stdout}${stderr}`)
  renameSync(unfinished, output)
}
