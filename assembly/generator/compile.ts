// Runs the AssemblyScript compiler the one way that keeps the kernels' schedule.

import { execFile } from 'node:child_process'
import { renameSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const asc = join(dirname(createRequire(import.meta.url).resolve('assemblyscript/package.json')), 'bin/asc.js')

/** asconfig.json: the passes that keep the schedule (README.md), and a target for each kind of module. */
const config = fileURLToPath(new URL('../../asconfig.json', import.meta.url))

/** Compiles `entry` to `output`; rejects with the compiler's messages. */
export const compile = async (entry: string, output: string, kind: 'float' | 'integer'): Promise<void> => {
  const unfinished = `${output}.${process.pid}`
  await run(process.execPath, [asc, entry, '--config', config, '--target', kind, '-o', unfinished])
  renameSync(unfinished, output)
}

const run = promisify(execFile)
