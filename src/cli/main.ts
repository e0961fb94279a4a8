#!/usr/bin/env -S node --max-semi-space-size=4
// The command `weft`. The only file that reads argv and environment. Left to itself Node lets short-lived objects fill
// up to 128 MiB a thread on a machine with much memory; with 4 MiB half-spaces a light node takes 40 MB less, and no
// more time that could be measured. Who starts this file in another way gives the flag, or NODE_OPTIONS.

import { readFileSync } from 'node:fs'
import { run } from './run.ts'
import { processTerminal } from './terminal.ts'

// A reader that goes away, as in `weft get ... | head`, is no fault of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

process.exitCode = await run(
  { argv: process.argv.slice(2), environment: process.env, version: manifest.version },
  { terminal: processTerminal(process, process.env), host: process },
)
