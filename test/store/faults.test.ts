// The disk fails for real: strace makes system calls on the database's files fail. Skipped where there is no strace
// (Linux only) or it may not trace.

import { spawn, spawnSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { openStore, rootOf, temporaryFolder, watch } from './helpers.ts'

const child = fileURLToPath(new URL('./kill-child.ts', import.meta.url))
const canTrace = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0
const when = canTrace ? test : test.skip

/** The first files of the two databases, by the names that LevelDB gives them. */
const filesOf = (location: string): string[] =>
  [location, `${location}-signing`].flatMap((folder) =>
    Array.from({ length: 40 }, (_, i) => String(i + 1).padStart(6, '0')).flatMap((name) => [
      `${folder}/${name}.log`,
      `${folder}/${name}.ldb`,
      `${folder}/MANIFEST-${name}`,
    ]),
  )

const faults = [
  'fdatasync:error=EIO:when=7',
  'fdatasync:error=EIO:when=24',
  'write:error=ENOSPC:when=18',
  'write:error=EIO:when=45',
  'openat:error=ENOSPC:when=12',
]

for (const fault of faults) {
  when(`${fault}: the store ends at once, and all that it acknowledged is there`, async (t) => {
    const location = await temporaryFolder(t)
    t.teardown(() => rm(`${location}-signing`, { recursive: true, force: true }))
    const traced = ['-f', '-qq', '-o', '/dev/null', ...filesOf(location).flatMap((file) => ['-P', file])]
    const process_ = spawn(
      'strace',
      [
        ...traced,
        '-e',
        'trace=write,fdatasync,openat',
        '-e',
        `inject=${fault}`,
        process.execPath,
        child,
        location,
        '1',
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    // A fault that is never met would run for ever.
    const timer = setTimeout(() => process_.kill('SIGTERM'), 60_000)
    const said: string[] = []
    let errors = ''
    createInterface({ input: process_.stdout }).on('line', (line) => said.push(line))
    process_.stderr.on('data', (data) => {
      errors += data
    })
    await new Promise((resolve) => process_.on('close', resolve))
    clearTimeout(timer)
    t.regex(errors, /store-failed/)

    const { components, counts } = watch()
    const store = await openStore(t, { location, signingLocation: `${location}-signing` }, components)
    const last = Math.max(0, ...said.map((line) => Number(line.split(' ')[1] ?? 0)))
    for (const line of said) {
      const [what, text] = line.split(' ') as [string, string?]
      const height = Number(text)
      if (height < last - 15) continue
      if (what === 'signed') t.truthy(await store.getSigningRecord(height), line)
      if (what === 'block') t.truthy(await store.getColumn(rootOf(height), 3), line)
      if (what === 'final') t.truthy(await store.finalRootAt(height), line)
    }
    t.true(said.length > 0)
    t.is(counts.get('weft_store_damaged_total'), undefined)
  })
}
