#!/usr/bin/env node
// The command `weft`. The only file that reads argv and environment.

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
