import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { columnOf, entryOf, openStore, proposalOf, rootOf, temporaryFolder, watch } from './helpers.ts'

/** As in kill-child.ts. */
const KEPT_HEIGHTS = 15
const child = fileURLToPath(new URL('./kill-child.ts', import.meta.url))

/** Runs the child until `lines` lines have come, kills it in mid-write, and returns what it said. */
const runAndKill = (location: string, start: number, lines: number): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const process_ = spawn(process.execPath, [child, location, String(start)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const said: string[] = []
    createInterface({ input: process_.stdout }).on('line', (line) => {
      said.push(line)
      if (said.length === lines) process_.kill('SIGKILL')
    })
    process_.on('error', reject)
    process_.on('close', (_code, signal) =>
      signal === 'SIGKILL' ? resolve(said) : reject(new Error(said.join())),
    )
  })

test('after SIGKILL in mid-write every acknowledged write is found, again and again', async (t) => {
  const location = await temporaryFolder(t)
  t.teardown(() => rm(`${location}-signing`, { recursive: true, force: true }))
  let next = 1
  let acknowledged = 0
  for (const lines of [5, 40, 78, 131]) {
    const said = await runAndKill(location, next, lines)
    const { components, counts } = watch()
    const store = await openStore(t, { location, signingLocation: `${location}-signing` }, components)
    const last = Math.max(...said.map((line) => Number(line.split(' ')[1] ?? 0)))
    for (const line of said) {
      const [what, text] = line.split(' ') as [string, string?]
      const height = Number(text)
      // Older ones the child may have pruned.
      if (height < last - KEPT_HEIGHTS) continue
      if (what === 'signed')
        t.deepEqual((await store.getSigningRecord(height))?.notarised, rootOf(height), line)
      if (what === 'block') {
        const proposal = proposalOf(height, height)
        t.deepEqual((await store.getProposal(rootOf(height)))?.sheet, proposal.sheet, line)
        for (const index of [0, 1, 2, 3]) {
          t.deepEqual(
            (await store.getColumn(rootOf(height), index))?.cells,
            columnOf(proposal, index).cells,
            line,
          )
        }
      }
      if (what === 'final') {
        t.deepEqual(await store.finalRootAt(height), rootOf(height), line)
        t.is((await store.locateBlob(entryOf(1, 0, height).blobId))?.height, height, line)
      }
      if (what !== 'open') {
        acknowledged += 1
        next = Math.max(next, height + 1)
      }
    }
    // Whatever the kill interrupted, also a pruning: the next one leaves nothing behind.
    await store.prune(last - KEPT_HEIGHTS)
    for (let height = 1; height < last - KEPT_HEIGHTS; height++) t.deepEqual(await store.rootsAt(height), [])
    t.true((await store.earliestHeight()) <= Math.max(0, last - KEPT_HEIGHTS))
    t.is(counts.get('weft_store_damaged_total'), undefined)
    t.deepEqual(store.harms, [])
    await store.close()
    next += 1
  }
  t.true(acknowledged > 100)
})

test('a disk that refuses more bytes ends the store, and what it acknowledged before is there', async (t) => {
  const location = await temporaryFolder(t)
  t.teardown(() => rm(`${location}-signing`, { recursive: true, force: true }))
  // No file may grow beyond 100 KiB: the log of the database hits it, as it would a full disk.
  const process_ = spawn(
    'bash',
    ['-c', 'ulimit -f 100; exec "$0" "$@"', process.execPath, child, location, '1'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const said: string[] = []
  let errors = ''
  createInterface({ input: process_.stdout }).on('line', (line) => said.push(line))
  process_.stderr.on('data', (data) => {
    errors += data
  })
  await new Promise((resolve) => process_.on('close', resolve))
  t.regex(errors, /store-failed/)
  const store = await openStore(t, { location, signingLocation: `${location}-signing` })
  t.true(said.length > 1)
  for (const line of said.slice(1)) {
    const [what, text] = line.split(' ') as [string, string]
    const height = Number(text)
    if (what === 'signed') t.truthy(await store.getSigningRecord(height), line)
    if (what === 'block') t.truthy(await store.getColumn(rootOf(height), 3), line)
    if (what === 'final') t.truthy(await store.finalRootAt(height), line)
  }
})
