// Runs the programs of examples/ as their READMEs say.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../..')

/** The last line that a program prints, as JSON. */
export const runExample = async (program: string, ...args: readonly string[]): Promise<unknown> => {
  const { stdout } = await promisify(execFile)(process.execPath, [join('examples', program), ...args], {
    cwd: root,
    timeout: 120_000,
  })
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
}
