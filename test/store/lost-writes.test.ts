// What LevelDB takes for the whole truth: a log that ends early, a folder from last week, a manifest without its last
// edit. The store notices by its ledger, says so until it is mended, and never goes back behind a horizon.

import { cp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { hasCode } from '../../src/base/error.ts'
import { openLedgerFile } from '../../src/store/ledger-file.ts'
import { createStore } from '../../src/store/store.ts'
import { columnOf, entryOf, openStore, proposalOf, rootOf, temporaryFolder, watch } from './helpers.ts'

const WRITES = 12

/** A closed store with a final block at each height; the whole of it lies in LevelDB's log. */
const filled = async (t: ExecutionContext, writes = WRITES) => {
  const location = join(await temporaryFolder(t), 'db')
  const store = await openStore(t, { location, chainId: rootOf(1) })
  for (let height = 1; height <= writes; height++) {
    const proposal = proposalOf(height, height, 2, [entryOf(1, 0, height)])
    await store.putBlock(rootOf(height), proposal, [columnOf(proposal, 0)])
    await store.putFinal(rootOf(height), height, proposal.entries, height)
  }
  await store.close()
  return location
}

const logOf = async (location: string): Promise<string> =>
  join(location, (await readdir(location)).filter((name) => name.endsWith('.log')).at(-1)!)

const finalsIn = async (store: Awaited<ReturnType<typeof openStore>>): Promise<number> => {
  let count = 0
  for (let height = 1; height <= WRITES; height++)
    if ((await store.finalRootAt(height)) !== undefined) count += 1
  return count
}

test('a store that was closed, and opened again and again, is whole', async (t) => {
  const location = await filled(t)
  for (let i = 0; i < 3; i++) {
    const { components, counts, lines } = watch()
    const store = await openStore(t, { location }, components)
    t.deepEqual(store.harms, [])
    t.false(store.isHurt)
    t.is(await finalsIn(store), WRITES)
    await store.close()
    t.is(counts.get('weft_store_lost_writes_total'), undefined)
    t.deepEqual(lines, [])
  }
})

test('a log that is cut anywhere: every acknowledged write that is gone is counted', async (t) => {
  const location = await filled(t)
  const { size } = await stat(await logOf(location))
  for (const share of [0, 0.1, 0.35, 0.5, 0.77, 0.9, 0.999]) {
    const folder = await temporaryFolder(t)
    await cp(join(location, '..'), folder, { recursive: true })
    const copy = join(folder, 'db')
    await truncate(await logOf(copy), Math.floor(size * share))
    const { components, counts, lines } = watch()
    const store = await openStore(t, { location: copy, chainId: rootOf(1) }, components)
    t.deepEqual(store.harms, ['writes-lost'], `cut at ${share}`)
    t.true(store.isHurt)
    const lost = counts.get('weft_store_lost_writes_total')!
    // The first write is the identity; then two for each height, in turn.
    const left = 1 + 2 * WRITES - lost
    t.is(await finalsIn(store), Math.max(0, Math.floor((left - 1) / 2)), `cut at ${share}`)
    t.true(lines.some(({ message }) => message.startsWith('the database is not whole')))
    // It is not forgotten before it is mended, and not told twice as a new loss.
    await store.close()
    const again = watch()
    const second = await openStore(t, { location: copy, chainId: rootOf(1) }, again.components)
    t.true(second.isHurt)
    t.is(again.counts.get('weft_store_lost_writes_total'), 0)
    await second.healed()
    await second.close()
    const third = await openStore(t, { location: copy, chainId: rootOf(1) })
    t.deepEqual(third.harms, [])
    await third.close()
  }
})

test('a log that is damaged in its middle: what LevelDB skips is counted', async (t) => {
  const location = await filled(t)
  const path = await logOf(location)
  const content = await readFile(path)
  content[Math.floor(content.length / 2)]! ^= 0x40
  await writeFile(path, content)
  const { components, counts } = watch()
  const store = await openStore(t, { location }, components)
  t.deepEqual(store.harms, ['writes-lost'])
  t.true(counts.get('weft_store_lost_writes_total')! > 0)
  t.not(await store.finalRootAt(1), undefined)
})

test('a folder that was put back from a copy, and one that is gone, are found out', async (t) => {
  const location = await filled(t, 3)
  const old = `${location}.old`
  await cp(location, old, { recursive: true })
  const store = await openStore(t, { location })
  await store.putFinal(rootOf(9), 9, [], 9)
  await store.close()

  await rm(location, { recursive: true })
  await cp(old, location, { recursive: true })
  const { components, counts } = watch()
  const put = await openStore(t, { location }, components)
  t.deepEqual(put.harms, ['writes-lost'])
  t.is(counts.get('weft_store_lost_writes_total'), 1)
  await put.healed()
  await put.close()

  await rm(location, { recursive: true })
  const gone = await openStore(t, { location })
  t.deepEqual(gone.harms, ['writes-lost'])
})

test('a torn slot of the ledger is no loss; without the ledger nobody can tell', async (t) => {
  const location = await filled(t)
  const path = `${location}.ledger`
  const content = await readFile(path)
  const flip = async (...offsets: readonly number[]) => {
    const bent = Uint8Array.from(content)
    for (const offset of offsets) bent[offset]! ^= 1
    await writeFile(path, bent)
  }
  for (const offset of [20, 4_096 + 20]) {
    await flip(offset)
    const store = await openStore(t, { location })
    t.deepEqual(store.harms, [])
    await store.close()
  }
  await flip(20, 4_096 + 20)
  const damaged = await openStore(t, { location })
  t.deepEqual(damaged.harms, ['ledger-lost'])
  await damaged.healed()
  await damaged.close()
  await rm(path)
  const missing = await openStore(t, { location })
  t.deepEqual(missing.harms, ['ledger-lost'])
})

test('the pruning horizon does not fall back with a log that is cut', async (t) => {
  const location = await filled(t)
  const store = await openStore(t, { location })
  await store.prune(6)
  t.is(await store.earliestHeight(), 6)
  await store.raiseEarliest(8)
  await store.raiseEarliest(7)
  t.is(await store.earliestHeight(), 8)
  await store.close()
  await truncate(await logOf(location), 0)
  const cut = await openStore(t, { location })
  t.is(await cut.earliestHeight(), 8)
  t.true(cut.isHurt)
})

test('a ledger whose first write was cut short belongs to a store that never was', async (t) => {
  const folder = await temporaryFolder(t)
  const init = { location: join(folder, 'db'), signingLocation: join(folder, 'signing') }
  for (const location of [init.location, init.signingLocation]) {
    for (const length of [0, 4_096 + 20]) {
      await writeFile(`${location}.ledger`, new Uint8Array(length))
      const store = await openStore(t, { location })
      t.deepEqual(store.harms, [])
      await store.close()
      await rm(location, { recursive: true })
      await writeFile(`${location}.ledger`, new Uint8Array(length))
    }
  }
  const store = await openStore(t, init)
  await store.putSigningRecord({ height: 1, nil: true })
  t.is(await store.signingFloor(), 0)
})

/** A closed validator's store that signed heights 1 to 5. */
const signed = async (t: ExecutionContext) => {
  const folder = await temporaryFolder(t)
  const init = { location: join(folder, 'db'), signingLocation: join(folder, 'signing'), chainId: rootOf(1) }
  const store = await openStore(t, init)
  for (let height = 1; height <= 5; height++)
    await store.putSigningRecord({ height, nil: false, notarised: rootOf(height) })
  await store.close()
  return init
}

test('a copy of the signing records that lost its end gets it back from the other one', async (t) => {
  for (const hurt of ['location', 'signingLocation'] as const) {
    const init = await signed(t)
    await truncate(await logOf(init[hurt]), 200)
    const store = await openStore(t, init)
    t.true(store.harms.includes('writes-lost'))
    t.is(await store.signingFloor(), 0)
    for (let height = 1; height <= 5; height++)
      t.deepEqual((await store.getSigningRecord(height))?.notarised, rootOf(height))
    await store.close()
    // Each of them has everything again.
    const alone = await openStore(t, { location: init[hurt] })
    t.deepEqual((await alone.getSigningRecord(5))?.notarised, rootOf(5))
  }
})

test('where both copies lost their end, nothing is signed up to where they had reached', async (t) => {
  const init = await signed(t)
  for (const hurt of [init.location, init.signingLocation]) await truncate(await logOf(hurt), 600)
  const store = await openStore(t, init)
  t.is(await store.signingFloor(), 6)
  const error = await t.throwsAsync(store.putSigningRecord({ height: 5, nil: true }))
  t.true(hasCode(error, 'below-signing-floor'))
  await store.putSigningRecord({ height: 6, nil: true })
  // What is still known may be said again.
  const known = await store.getSigningRecord(1)
  t.deepEqual(known?.notarised, rootOf(1))
  await store.putSigningRecord(known!)
  await store.close()
  const again = await openStore(t, init)
  t.is(await again.signingFloor(), 6)
})

test('where nothing tells how high it signed, a validator does not start until it is told', async (t) => {
  const init = await signed(t)
  for (const hurt of [init.location, init.signingLocation]) {
    await truncate(await logOf(hurt), 600)
    await rm(`${hurt}.ledger`)
  }
  const open = (more = {}) => createStore({ ...init, ...more }, watch().components)
  for (let i = 0; i < 2; i++)
    t.true(hasCode(await t.throwsAsync(open().open()), 'signing-records-lost'), `start ${i}`)
  const store = open({ signingFloor: 40 })
  await store.open()
  t.is(await store.signingFloor(), 40)
  t.true(
    hasCode(await t.throwsAsync(store.putSigningRecord({ height: 39, nil: true })), 'below-signing-floor'),
  )
  await store.putSigningRecord({ height: 40, nil: true })
  await store.close()
  const later = open()
  await later.open()
  t.is(await later.signingFloor(), 40)
  await later.close()
})

test('what is written while the store is closed is written or refused, and the ledger keeps what it says', async (t) => {
  const location = await filled(t)
  const store = await openStore(t, { location })
  const proposal = proposalOf(WRITES + 1, WRITES + 1)
  const puts = [0, 1, 2, 3].map((index) =>
    store.putBlock(rootOf(WRITES + 1), proposal, [columnOf(proposal, index)]).then(
      () => undefined,
      (error) => error,
    ),
  )
  await store.close()
  for (const error of await Promise.all(puts))
    t.true(error === undefined || hasCode(error, 'store-closed'), String(error))
  t.is((await stat(`${location}.ledger`)).size > 4_096, true)
  await store.open()
  t.deepEqual(store.harms, [])
  t.is(await finalsIn(store), WRITES)
})

test('a ledger that was closed takes no more writes, and is not made anew', async (t) => {
  const location = await filled(t)
  const before = await readFile(`${location}.ledger`)
  const file = await openLedgerFile(location)
  await file.close()
  const error = await t.throwsAsync(file.write(0, Uint8Array.of(1)))
  t.true(hasCode(error, 'store-closed'))
  t.deepEqual(await readFile(`${location}.ledger`), before)
})
