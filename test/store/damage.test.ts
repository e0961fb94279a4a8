import { readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { hasCode } from '../../src/base/error.ts'
import { classicBackend, type Database } from '../../src/store/database.ts'
import { seal } from '../../src/store/envelope.ts'
import { columnKey, heightKey, metaKey } from '../../src/store/keys.ts'
import { createStore, STORE_FORMAT } from '../../src/store/store.ts'
import {
  certificateOf,
  collect,
  columnOf,
  openStore,
  proposalOf,
  rootOf,
  temporaryFolder,
  watch,
  withDatabase,
} from './helpers.ts'

/** A closed store with one block of four columns, a certificate and a signing record. */
const filled = async (t: ExecutionContext) => {
  const location = await temporaryFolder(t)
  const store = await openStore(t, { location })
  const proposal = proposalOf(7, 7)
  const columns = [0, 1, 2, 3].map((index) => columnOf(proposal, index))
  await store.putBlock(rootOf(7), proposal, columns)
  await store.putCertificate(certificateOf(7, 1, rootOf(7)))
  await store.putSigningRecord({ height: 7, nil: false, notarised: rootOf(7) })
  await store.close()
  return { location, proposal, columns }
}

test('a value with a flipped bit is absent, counted, logged, off the list, and can be put again', async (t) => {
  const { location, columns } = await filled(t)
  const key = columnKey('column', 7, rootOf(7), 2)
  await withDatabase(location, async (db) => {
    const value = Uint8Array.from((await db.get(key))!)
    value[100]! ^= 4
    await db.put(key, value)
  })
  const { components, counts, lines } = watch()
  const store = await openStore(t, { location }, components)
  t.is(await store.getColumn(rootOf(7), 2), undefined)
  t.true(counts.get('weft_store_damaged_total')! >= 1)
  t.is(lines[0]?.fields.part, 'column')
  t.deepEqual(await store.heldColumns(rootOf(7)), [0, 1, 3])
  t.truthy(await store.getColumn(rootOf(7), 1))
  await store.putColumns(rootOf(7), [columns[2]!])
  t.deepEqual((await store.getColumn(rootOf(7), 2))?.cells, columns[2]!.cells)
})

test('every byte of the envelope and of the payload is under the checksum', async (t) => {
  const { unseal } = await import('../../src/store/envelope.ts')
  const key = heightKey('final', 3)
  for (const length of [0, 40, 20_000]) {
    const value = await seal(key, new Uint8Array(length).fill(9))
    t.is((await unseal(key, value))?.length, length)
    for (let i = 0; i < value.length; i += i < 60 ? 1 : 997) {
      const bent = value.slice()
      bent[i]! ^= 0x10
      t.is(await unseal(key, bent), undefined, `byte ${i} of ${value.length}`)
    }
    t.is(await unseal(heightKey('final', 4), value), undefined)
    t.is(await unseal(key, value.subarray(0, value.length - 1)), undefined)
  }
})

test('whole values that were swapped are absent', async (t) => {
  const { location } = await filled(t)
  await withDatabase(location, async (db) => {
    const [a, b] = [0, 1].map((index) => columnKey('column', 7, rootOf(7), index)) as [Uint8Array, Uint8Array]
    const [valueA, valueB] = [await db.get(a), await db.get(b)]
    await db.put(a, valueB!)
    await db.put(b, valueA!)
  })
  const store = await openStore(t, { location })
  t.is(await store.getColumn(rootOf(7), 0), undefined)
  t.is(await store.getColumn(rootOf(7), 1), undefined)
  t.deepEqual(await store.heldColumns(rootOf(7)), [2, 3])
})

test('a damaged signing record is neither absent nor overwritten', async (t) => {
  const { location } = await filled(t)
  const key = heightKey('signing', 7)
  await withDatabase(location, async (db) => {
    const value = Uint8Array.from((await db.get(key))!)
    value[12]! ^= 1
    await db.put(key, value)
  })
  const store = await openStore(t, { location })
  t.true(hasCode(await t.throwsAsync(store.getSigningRecord(7)), 'store-damaged'))
  const error = await t.throwsAsync(store.putSigningRecord({ height: 7, nil: false, notarised: rootOf(8) }))
  t.true(hasCode(error, 'store-damaged'))
  await store.putSigningRecord({ height: 8, nil: true })
})

test('an unknown format, a database of another kind and another chain are refused', async (t) => {
  const location = await temporaryFolder(t)
  const store = await openStore(t, { location, chainId: rootOf(1) })
  await store.close()
  const open = (init: object) => createStore({ location, ...init }, watch().components).open()
  t.true(hasCode(await t.throwsAsync(open({ chainId: rootOf(2) })), 'other-chain'))
  await withDatabase(location, async (db) => {
    const key = metaKey('format')
    await db.put(key, await seal(key, Uint8Array.of(STORE_FORMAT + 1, 0, 0, 0)))
  })
  t.true(hasCode(await t.throwsAsync(open({})), 'unknown-format'))
  await withDatabase(location, (db) => db.del(metaKey('format')))
  await withDatabase(location, (db) => db.put(columnKey('column', 1, rootOf(1), 1), Uint8Array.of(1)))
  t.true(hasCode(await t.throwsAsync(open({})), 'unknown-format'))
})

test('a second opening is refused while the first one lasts', async (t) => {
  const store = await openStore(t)
  const second = createStore({ location: store.location }, watch().components)
  t.true(hasCode(await t.throwsAsync(second.open()), 'store-locked'))
  await store.close()
  await second.open()
  await second.close()
})

test('after one failed write nothing is written, read or acknowledged', async (t) => {
  let failing = false
  const { components, counts } = watch()
  const store = await openStore(
    t,
    {},
    {
      ...components,
      backend: {
        async create(...args): Promise<Database> {
          const database = await classicBackend.create(...args)
          const batch = database.batch.bind(database)
          database.batch = async (...operations) => {
            if (failing) throw Object.assign(new Error('IO error: no space left'), { code: 'LEVEL_IO_ERROR' })
            return batch(...operations)
          }
          return database
        },
      },
    },
  )
  await store.putSigningRecord({ height: 1, nil: true })
  failing = true
  t.true(hasCode(await t.throwsAsync(store.putSigningRecord({ height: 2, nil: true })), 'store-failed'))
  failing = false
  t.true(store.failed.aborted)
  const attempts = [
    () => store.putSigningRecord({ height: 3, nil: true }),
    () => store.getSigningRecord(1),
    () => store.putAnnouncement(rootOf(1), proposalOf(1, 1)),
    () => store.putCertificate(certificateOf(1, 1, rootOf(1))),
    () => store.putFinal(rootOf(1), 1, [], 1),
    () => store.getColumn(rootOf(1), 1),
    () => collect(store.certificates(0, 10)),
    () => store.prune(1),
  ]
  for (const attempt of attempts) {
    const error = await t.throwsAsync(async () => attempt())
    t.true(hasCode(error, 'store-failed'), String(error))
  }
  t.is(counts.get('weft_store_failures_total'), 1)
})

test('a store that was closed says so', async (t) => {
  const store = await openStore(t)
  await store.close()
  await store.close()
  t.true(hasCode(await t.throwsAsync(store.finalTip()), 'store-closed'))
  t.true(hasCode(await t.throwsAsync(async () => collect(store.certificates(0, 1))), 'store-closed'))
})

test('a table file that is cut short: its values are absent, the rest is served, and a restart mends the database', async (t) => {
  const location = await temporaryFolder(t)
  const init = { location, writeBufferBytes: 64 * 1024, chainId: rootOf(1) }
  const indices = Array.from({ length: 16 }, (_, index) => index)
  const blocks = Array.from({ length: 50 }, (_, i) => proposalOf(i + 1, i + 1, 4))
  const store = await openStore(t, init)
  for (const block of blocks) {
    const { height } = block.header.message
    await store.putBlock(
      rootOf(height),
      block,
      indices.map((index) => columnOf(block, index)),
    )
  }
  await store.close()
  const tables = (await readdir(location)).filter((file) => file.endsWith('.ldb')).sort()
  t.true(tables.length > 2)
  await truncate(join(location, tables[Math.floor(tables.length / 2)]!), 1_000)

  const whole = async (each: typeof store) => {
    let count = 0
    for (const block of blocks) {
      const { height } = block.header.message
      for (const index of indices) {
        const column = await each.getColumn(rootOf(height), index)
        if (column === undefined) continue
        t.deepEqual(column.cells, columnOf(block, index).cells)
        count += 1
      }
    }
    return count
  }
  const { components, counts } = watch()
  const hurt = await openStore(t, init, components)
  const left = await whole(hurt)
  t.true(left < 800 && left > 0, `${left} of 800 columns`)
  t.true(hurt.harms.includes('repaired') || counts.get('weft_store_damaged_total')! > 0)
  await hurt.close()

  const mended = await openStore(t, init, watch().components)
  // At once, if it was needed to open at all; else at the next start.
  t.true([...hurt.harms, ...mended.harms].includes('repaired'))
  t.true((await whole(mended)) >= left)
  for (const block of blocks) {
    const { height } = block.header.message
    await mended.putBlock(
      rootOf(height),
      block,
      indices.map((index) => columnOf(block, index)),
    )
  }
  t.is(await whole(mended), 800)
  await mended.healed()
  await mended.close()
  const again = await openStore(t, init)
  t.deepEqual(again.harms, [])
  t.is(await whole(again), 800)
})

test('a database whose first file is gone is mended and still refused by another chain', async (t) => {
  const { location } = await filled(t)
  await truncate(join(location, 'CURRENT'), 0)
  const store = await openStore(t, { location, chainId: rootOf(1) })
  t.true(store.harms.includes('repaired'))
  t.is((await store.heldColumns(rootOf(7))).length, 4)
  await store.close()
  const other = createStore({ location, chainId: rootOf(2) }, watch().components)
  t.true(hasCode(await t.throwsAsync(other.open()), 'other-chain'))
})

/** One file on disk is harmed, then everything is read: what is read must be true. */
const harms: readonly [string, (path: string) => Promise<void>][] = [
  ['truncated to half', async (path) => truncate(path, Math.floor((await readFile(path)).length / 2))],
  ['emptied', (path) => truncate(path, 0)],
  [
    'flipped in the middle',
    async (path) => {
      const content = await readFile(path)
      for (let i = Math.floor(content.length / 2); i < content.length; i += 1_000) content[i]! ^= 0xff
      await writeFile(path, content)
    },
  ],
]

for (const [name, harm] of harms) {
  test(`each file of the database ${name} in turn: the store serves the truth, or nothing, or refuses to open`, async (t) => {
    const { columns } = await filled(t)
    const { location } = await filled(t)
    // Into table files, so that there is more to harm than a log.
    await withDatabase(location, (db) => db.compactRange(new Uint8Array(0), new Uint8Array(4).fill(255)))
    const names = (await readdir(location)).filter((file) => /CURRENT|MANIFEST|\.log$|\.ldb$/.test(file))
    t.true(names.some((file) => file.endsWith('.ldb')))
    for (const file of names) {
      const folder = await temporaryFolder(t)
      for (const each of await readdir(location)) {
        await writeFile(join(folder, each), await readFile(join(location, each)))
      }
      await harm(join(folder, file))
      const store = createStore({ location: folder }, watch().components)
      try {
        await store.open()
        for (const column of columns) {
          const read = await store.getColumn(rootOf(7), column.index)
          if (read !== undefined) t.deepEqual(read.cells, column.cells, file)
        }
        await collect(store.certificates(0, 100))
        await store.putColumns(rootOf(7), columns)
        t.deepEqual((await store.getColumn(rootOf(7), 1))?.cells, columns[1]!.cells, file)
      } catch (error) {
        t.true(
          ['store-damaged', 'unknown-format', 'store-failed'].some((code) => hasCode(error, code)),
          `${file}: ${error}`,
        )
      } finally {
        await store.close()
      }
    }
  })
}
