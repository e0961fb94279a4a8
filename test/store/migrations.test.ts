import { spawnSync } from 'node:child_process'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { equal } from '../../src/base/bytes.ts'
import { hasCode } from '../../src/base/error.ts'
import { versionedHashOf } from '../../src/grid/versioned-hash.ts'
import { seal } from '../../src/store/envelope.ts'
import { metaKey, pieceRange, submissionKey } from '../../src/store/keys.ts'
import { createStore, type NodeStore, STORE_FORMAT } from '../../src/store/store.ts'
import { ALIGNED_HEIGHT, WAITING, waitingOfFormat1, writeFormat1 } from './format-1.ts'
import {
  collect,
  entryOf,
  openStore,
  proposalOf,
  rootOf,
  temporaryFolder,
  watch,
  withDatabase,
} from './helpers.ts'

const child = fileURLToPath(new URL('./migrations-child.ts', import.meta.url))
const chainId = rootOf(1)
/** Three batches of final records. */
const BLOCKS = 1_100

const judgeWaiting = async (t: ExecutionContext, store: NodeStore) => {
  const waiting = await collect(store.submissions())
  t.is(waiting.length, WAITING.length)
  for (const [i, { blobId, sinceMs, submission }] of waiting.entries()) {
    const { data, ...others } = WAITING[i]!
    t.deepEqual({ blobId, sinceMs, namespace: submission.namespace, flags: submission.flags }, others)
    t.true(equal(submission.data, data))
  }
}

const judge = async (t: Parameters<typeof openStore>[0], location: string) => {
  const store = await openStore(t, { location, chainId })
  t.deepEqual(store.harms, [])
  const links = await collect(store.finalLinks(0))
  t.is(links.length, BLOCKS)
  for (const [i, { height, root, parentRoot }] of links.entries()) {
    t.is(height, i + 1)
    t.deepEqual(root, rootOf(height))
    // A header that is not there is fetched by whoever looks through the index.
    t.deepEqual(parentRoot, height % 10 === 0 ? new Uint8Array(32) : rootOf(height - 1))
  }
  t.is((await store.locateBlob(entryOf(1, 0, 700).blobId))?.height, 700)
  const [commitment] = proposalOf(ALIGNED_HEIGHT, ALIGNED_HEIGHT).commitments
  const row = await store.locateVersionedHash(versionedHashOf(commitment!))
  t.is(row?.height, ALIGNED_HEIGHT)
  t.is(row?.row, 0)
  await judgeWaiting(t, store)
  t.is(await store.earliestHeight(), 1)
  t.is(await store.prune(1_000 + 20), 19)
  t.is(await store.earliestHeight(), 20)
  await store.close()
}

test('a database of format 1 is brought to this format and has all that it had', async (t) => {
  const location = join(await temporaryFolder(t), 'db')
  await writeFormat1(location, BLOCKS, chainId)
  await judge(t, location)
})

test('a migration that is killed before or behind any of its writes is finished by the next start', async (t) => {
  const folder = await temporaryFolder(t)
  const location = join(folder, 'db')
  await writeFormat1(location, BLOCKS, chainId)
  let kills = 0
  for (let write = 1; ; write++) {
    const where = write % 2 === 0 ? 'before' : 'behind'
    const copy = join(folder, `copy-${write}`, 'db')
    await cp(location, copy, { recursive: true })
    const { signal, stdout, stderr } = spawnSync(process.execPath, [child, copy, String(write), where], {
      encoding: 'utf8',
    })
    if (signal === null) {
      t.regex(stdout, /^open after \d+ writes/, stderr)
      break
    }
    kills += 1
    await judge(t, copy)
  }
  // Three batches and the format; the large blob in two, the small one and the format; the horizon that the ledger did not have.
  t.is(kills, 10)
})

test('a database of format 2 is brought to this format: what waits is in pieces, nothing counts as lost', async (t) => {
  const store = await openStore(t)
  const { location } = store
  for (const { blobId, namespace, flags, data } of WAITING)
    await store.putSubmission(blobId, { namespace, flags, data })
  await store.close()
  await withDatabase(location, async (db) => {
    await db.clear({ gte: pieceRange.gte, lt: pieceRange.lt })
    for (const waiting of WAITING) {
      const key = submissionKey(waiting.blobId)
      await db.put(key, await seal(key, waitingOfFormat1(waiting)))
    }
    const key = metaKey('format')
    await db.put(key, await seal(key, Uint8Array.of(2, 0, 0, 0)))
  })
  await store.open()
  t.deepEqual(store.harms, [])
  await judgeWaiting(t, store)
  await store.close()
  const lengths = await withDatabase(location, async (db) =>
    (await db.values({ gte: Uint8Array.of(0), lt: Uint8Array.of(255) }).all()).map(({ length }) => length),
  )
  t.true(Math.max(...lengths) <= 2 ** 20 + 9)
})

test('a database of a newer format is refused, with what to do, and left as it is', async (t) => {
  const store = await openStore(t)
  const { location } = store
  await store.close()
  const key = metaKey('format')
  const value = await seal(key, Uint8Array.of(STORE_FORMAT + 1, 0, 0, 0))
  await withDatabase(location, (db) => db.put(key, value))
  const error = await t.throwsAsync(createStore({ location }, watch().components).open())
  t.true(hasCode(error, 'unknown-format'))
  t.regex(
    error?.message ?? '',
    new RegExp(`got format ${STORE_FORMAT + 1}: it was written by a newer version`),
  )
  const kept = await withDatabase(location, (db) => db.get(key))
  t.deepEqual(new Uint8Array(kept!), value)
})
