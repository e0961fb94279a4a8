// `weft` as it is installed: the compiled program, and the flags and variables that its first line gives to Node. What
// is measured in this form is what an operator sees; from source a process takes 30 MB more.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const SOURCE = join(import.meta.dirname, '../../../src/cli/main.ts')

const [firstLine = ''] = readFileSync(SOURCE, 'utf8').split('\n', 1)
const [variables = '', flags = ''] = firstLine.replace('#!/usr/bin/env -S ', '').split(/(?:^| )node(?: |$)/)

export const installed: {
  readonly program: string
  readonly nodeArgs: readonly string[]
  readonly environment: Readonly<Record<string, string>>
} = {
  program: join(import.meta.dirname, '../../../dist/cli/main.js'),
  nodeArgs: flags.split(' ').filter((flag) => flag !== ''),
  environment: Object.fromEntries(
    variables
      .split(' ')
      .filter((variable) => variable !== '')
      .map((variable) => variable.split('=', 2)),
  ),
}
