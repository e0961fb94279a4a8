import { createHash } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { toHex } from '../../src/base/bytes.ts'
import { classicBackend } from '../../src/store/database.ts'
import { seal } from '../../src/store/envelope.ts'
import { pieceKey, pieceRange, submissionKey } from '../../src/store/keys.ts'
import { createStore } from '../../src/store/store.ts'
import { WAITING, waitingOfFormat1 } from './format-1.ts'
import {
  bytes,
  collect,
  namespaceOf,
  openStore,
  rootOf,
  temporaryFolder,
  watch,
  withDatabase,
} from './helpers.ts'

const MEBIBYTE = 2 ** 20

const blobOf = (dataBytes: number, seed: number) => ({
  namespace: namespaceOf(seed),
  flags: 0,
  data: bytes(dataBytes, seed),
})

/** Compares the data by its digest: byte by byte takes ava ten seconds for 5 MiB. */
const digested = <T extends { readonly data: Uint8Array }>(submission: T | undefined) =>
  submission && { ...submission, data: createHash('sha256').update(submission.data).digest('hex') }

/** Keys of the pieces that lie in a store that is closed, in hex. */
const piecesIn = (location: string): Promise<string[]> =>
  withDatabase(location, async (db) => (await db.keys(pieceRange).all()).map(toHex))

/** A closed store in which nothing is but the first pieces of a blob, whose writing was cut short. */
const cutShort = async (t: ExecutionContext, dataBytes: number) => {
  const location = await temporaryFolder(t)
  let batches = 0
  const store = createStore(
    { location },
    {
      ...watch().components,
      backend: {
        ...classicBackend,
        async create(...args) {
          const database = await classicBackend.create(...args)
          const batch = database.batch.bind(database)
          database.batch = async (operations, options) => {
            if (operations.some(({ key }) => key[0] === 'U'.charCodeAt(0)) && ++batches === 2)
              throw new Error('the disk is gone')
            await batch(operations, options)
          }
          return database
        },
      },
    },
  )
  await store.open()
  await t.throwsAsync(store.putSubmission(rootOf(1), blobOf(dataBytes, 1)), { message: /the disk is gone/ })
  await store.close()
  return location
}

for (const dataBytes of [1, MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1, 2 * MEBIBYTE, 5 * MEBIBYTE + 77]) {
  test(`${dataBytes} bytes that wait come back as they were, and leave nothing behind`, async (t) => {
    const store = await openStore(t)
    await store.putSubmission(rootOf(2), blobOf(dataBytes, 2))
    await store.putSubmission(rootOf(1), { ...blobOf(10, 1), after: rootOf(2) })
    await store.close()
    await store.open()
    const waiting = await collect(store.submissions())
    t.deepEqual(
      waiting.map(({ blobId }) => blobId),
      [rootOf(2), rootOf(1)],
    )
    t.deepEqual(digested(waiting[0]?.submission), digested(blobOf(dataBytes, 2)))
    t.deepEqual(waiting[1]?.submission, { ...blobOf(10, 1), after: rootOf(2) })
    await store.deleteSubmissions([rootOf(2)])
    await store.close()
    t.deepEqual(await piecesIn(store.location), [toHex(pieceKey(rootOf(1), 0))])
  })
}

test('what was cut short was never acknowledged: the next start forgets it', async (t) => {
  const location = await cutShort(t, 5 * MEBIBYTE)
  t.is((await piecesIn(location)).length, 1)
  const store = await openStore(t, { location })
  t.deepEqual(await collect(store.submissions()), [])
  // The same blob again, whole.
  await store.putSubmission(rootOf(1), blobOf(5 * MEBIBYTE, 1))
  t.deepEqual(
    digested((await collect(store.submissions()))[0]?.submission),
    digested(blobOf(5 * MEBIBYTE, 1)),
  )
  await store.deleteSubmissions([rootOf(1)])
  await store.close()
  t.deepEqual(await piecesIn(location), [])
})

test('pieces whose head cannot be read stay, and what is no head is left out', async (t) => {
  const { components, counts } = watch()
  const store = await openStore(t, {}, components)
  for (const name of [1, 2, 3]) await store.putSubmission(rootOf(name), blobOf(2 * MEBIBYTE, name))
  await store.close()
  const [damaged, old] = [submissionKey(rootOf(1)), submissionKey(rootOf(2))]
  await withDatabase(store.location, async (db) => {
    const value = Uint8Array.from((await db.get(damaged))!)
    value[20]! ^= 1
    await db.put(damaged, value)
    // As a repair may bring it back from a table that was replaced.
    await db.put(old, await seal(old, waitingOfFormat1(WAITING[1]!)))
  })
  await store.open()
  const waiting = await collect(store.submissions())
  t.deepEqual(
    waiting.map(({ blobId }) => blobId),
    [rootOf(3)],
  )
  t.is(counts.get('weft_store_damaged_total'), 2)
  await store.deleteSubmissions([rootOf(2), rootOf(3)])
  await store.close()
  t.is((await piecesIn(store.location)).length, 4)
  // Those of the second have no head any more.
  await store.open()
  await store.close()
  t.deepEqual(
    await piecesIn(store.location),
    [0, 1].map((index) => toHex(pieceKey(rootOf(1), index))),
  )
})

test('large blobs that are written together come back as they were', async (t) => {
  const store = await openStore(t)
  const names = [1, 2, 3, 4]
  await Promise.all(names.map((name) => store.putSubmission(rootOf(name), blobOf(3 * MEBIBYTE + name, name))))
  const waiting = await collect(store.submissions())
  t.deepEqual(
    waiting.map(({ submission }) => digested(submission)),
    names.map((name) => digested(blobOf(3 * MEBIBYTE + name, name))),
  )
})

for (const harm of ['damaged', 'missing', 'short'] as const) {
  test(`a blob with a piece that is ${harm} does not come back, and that is said`, async (t) => {
    const { components, counts, lines } = watch()
    const store = await openStore(t, {}, components)
    await store.putSubmission(rootOf(1), blobOf(3 * MEBIBYTE, 1))
    await store.putSubmission(rootOf(2), blobOf(100, 2))
    await store.close()
    await withDatabase(store.location, async (db) => {
      const key = pieceKey(rootOf(1), 1)
      if (harm === 'missing') return db.del(key)
      const value = Uint8Array.from((await db.get(key))!)
      value[5_000]! ^= 1
      await db.put(key, harm === 'short' ? value.subarray(0, 4_000) : value)
    })
    await store.open()
    const waiting = await collect(store.submissions())
    t.deepEqual(
      waiting.map(({ blobId }) => blobId),
      [rootOf(2)],
    )
    t.true(counts.get('weft_store_damaged_total')! >= 1)
    t.true(lines.some(({ fields }) => fields.part === 'waiting'))
    await store.deleteSubmissions([rootOf(1)])
    await store.close()
    t.is((await piecesIn(store.location)).length, 1)
  })
}
