#!/usr/bin/env -S MALLOC_MMAP_THRESHOLD_=131072 MALLOC_ARENA_MAX=2 node --max-semi-space-size=4
// The command `weft`. The only file that reads argv and environment. Left to itself Node lets short-lived objects fill
// up to 128 MiB a thread on a machine with much memory; with 4 MiB half-spaces a light node takes 40 MB less, and no
// more time that could be measured. The C library keeps what large buffers have left, in an arena a thread: with these two
// it gives it back, 150 to 170 MB of a validator whose blocks are large (glibc; others do not look at them). Who starts this
// file in another way gives them, and the flag or NODE_OPTIONS.

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
