// What the disk lost of final blocks comes back from peers: real databases that are harmed, and a peer that has all.

import { readdir, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { ClassicLevel } from 'classic-level'
import { toHex } from '../../src/base/bytes.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { chainOf } from '../../src/chain/chain.ts'
import { namespaceOf } from '../../src/grid/blob.ts'
import { createMending, type Mending } from '../../src/node/mending.ts'
import { blobKey, blockKey, columnKey, heightKey, namespaceKey } from '../../src/store/keys.ts'
import { createStore, type NodeStore } from '../../src/store/store.ts'
import { createBlocks, type TestBlock, testEngine } from './blocks.ts'
import { temporaryFolder, testChain, until } from './support.ts'

const CUSTODY = [3, 4, 100]
const BLOCKS = 8

const list: TestBlock[] = []
let chainId: Uint8Array

test.before(async () => {
  const chain = await testChain(1)
  chainId = chainOf(chain.genesis).chainId
  const engine = testEngine(chain)
  const blocks = createBlocks(chain, engine)
  for (let height = 1; height <= BLOCKS; height++) {
    const parent = list.at(-1)
    const data = new Uint8Array(900 + height).fill(height)
    const blob = { namespace: namespaceOf(new Uint8Array(10).fill(height)), data, flags: 0 }
    const timestamp = Date.now() - 60_000 + height * 1_000
    list.push(
      await blocks.block({ height, timestamp, ...(parent && { parent }) }, height === 5 ? [] : [blob]),
    )
  }
  await engine.close()
})

interface Disk {
  readonly location: string
  store: NodeStore
  mending: Mending
  readonly fetched: string[]
  readonly filling: string[]
  /** Asking for a proposal fails so many times. */
  failures: number
  /** Opens the database again, as a node's start does. */
  reopen(): Promise<void>
}

const keep = async (store: NodeStore, { root, proposal, columns, header }: TestBlock) => {
  await store.putBlock(
    root,
    proposal,
    columns.filter(({ index }) => CUSTODY.includes(index)),
  )
  await store.putFinal(root, header.height, proposal.entries, Date.now())
}

const withDisk = async (work: (disk: Disk) => Promise<void>) => {
  const folder = await temporaryFolder()
  const location = join(folder.path, 'db')
  const byRoot = new Map(list.map((block) => [toHex(block.root), block]))
  const open = async () => {
    const store = createStore(
      { location, chainId },
      { log: silent, metrics: noMetrics, onDamaged: (damage) => disk.mending.report(damage) },
    )
    const mending = createMending(
      { custody: CUSTODY, genesisRoot: chainId, retentionMs: 1e9 },
      {
        store,
        async fetchProposal(root) {
          if (disk.failures-- > 0) throw new Error('the network is gone')
          disk.fetched.push(toHex(root))
          return byRoot.get(toHex(root))?.proposal
        },
        candidates: { get: () => undefined, drop: () => {} },
        backfill: {
          add(root) {
            disk.filling.push(toHex(root))
            const block = byRoot.get(toHex(root))!
            void store.putColumns(
              root,
              block.columns.filter(({ index }) => CUSTODY.includes(index)),
            )
          },
        },
        clock: systemClock,
        log: silent,
        metrics: noMetrics,
      },
    )
    await Object.assign(disk, { store, mending }).store.open()
  }
  const disk = {
    location,
    fetched: [],
    filling: [],
    failures: 0,
    async reopen() {
      disk.mending.stop()
      await disk.store.close()
      await open()
    },
  } as unknown as Disk
  try {
    await open()
    for (const block of list) await keep(disk.store, block)
    await work(disk)
  } finally {
    disk.mending.stop()
    await disk.store.close()
    await folder.remove()
  }
}

/** Whether everything of every block is there, by whatever way it is asked for. */
const isWhole = async (store: NodeStore): Promise<boolean> => {
  for (const { root, header, proposal } of list) {
    const final = await store.finalRootAt(header.height)
    if (final === undefined || toHex(final) !== toHex(root)) return false
    if ((await store.getProposal(root)) === undefined) return false
    if (header.rowCount > 0)
      for (const index of CUSTODY) if ((await store.getColumn(root, index)) === undefined) return false
    for (const { blobId, namespace } of proposal.entries) {
      if ((await store.locateBlob(blobId))?.height !== header.height) return false
      if ((await store.locateNamespace(namespace, header.height)).length !== 1) return false
    }
  }
  return true
}

const harm = async (location: string, keys: readonly Uint8Array[], how: 'flip' | 'delete') => {
  const db = new ClassicLevel<Uint8Array, Uint8Array>(location, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  })
  await db.open()
  for (const key of keys) {
    const value = Uint8Array.from((await db.get(key))!)
    value[value.length - 1]! ^= 1
    await (how === 'flip' ? db.put(key, value) : db.del(key))
  }
  await db.close()
}

/** Closes, harms and opens again. */
const harmed = async (disk: Disk, keys: readonly Uint8Array[], how: 'flip' | 'delete') => {
  await disk.store.close()
  await harm(disk.location, keys, how)
  await disk.reopen()
}

test('a damaged proposal, column or place in the index that is met while the node runs is fetched at once', async (t) => {
  const { root, proposal } = list[2]!
  const [entry] = proposal.entries
  for (const key of [
    blockKey('proposal', 3, root),
    blockKey('header', 3, root),
    blockKey('commitments', 3, root),
    columnKey('column', 3, root, 4),
    heightKey('final', 3),
    heightKey('entries', 3),
    blobKey(entry!.blobId, 3),
    namespaceKey(entry!.namespace, 3),
  ]) {
    await withDisk(async (disk) => {
      await harmed(disk, [key], 'flip')
      t.false(disk.mending.isWhole, 'nothing was looked at yet')
      disk.mending.start()
      t.false(await isWhole(disk.store), 'the harm shows')
      await until('the block to be whole', 10_000, () => isWhole(disk.store))
      await until('mending to say so', 10_000, () => disk.mending.isWhole)
    })
  }
})

test('a block that could not be mended because something failed is mended later', async (t) => {
  const { root } = list[2]!
  await withDisk(async (disk) => {
    await harmed(disk, [blockKey('proposal', 3, root)], 'flip')
    disk.failures = 2
    disk.mending.start()
    await disk.store.getProposal(root)
    await until('the block to be whole', 15_000, () => isWhole(disk.store))
    t.true(disk.failures < 0)
  })
})

test('final blocks that the index lost are found by their children and fetched', async (t) => {
  await withDisk(async (disk) => {
    await harmed(disk, [heightKey('final', 3), heightKey('final', 4), heightKey('final', 1)], 'delete')
    disk.mending.start()
    await until('the blocks to be final again', 10_000, () => isWhole(disk.store))
    // Their proposals were there still.
    t.deepEqual(disk.fetched, [])
  })
})

test('a database that lost writes is looked through value by value, mended, and then counts as whole', async (t) => {
  await withDisk(async (disk) => {
    await disk.store.close()
    const [log] = (await readdir(disk.location)).filter((name) => name.endsWith('.log'))
    // Everything but the newest block, whose certificate a node would get from its peers, is behind the cut.
    await truncate(join(disk.location, log!), 3_000)
    await disk.reopen()
    t.true(disk.store.isHurt)
    t.false(disk.mending.isWhole)
    await keep(disk.store, list.at(-1)!)
    disk.mending.start()
    await until('everything', 15_000, async () => (await isWhole(disk.store)) && !disk.store.isHurt)
    await until('mending to say so', 5_000, () => disk.mending.isWhole)
    t.true(disk.fetched.length > 0)
    t.true(disk.filling.length > 0)
    await disk.reopen()
    t.deepEqual(disk.store.harms, [])
  })
})

test('below the horizon nothing is fetched', async (t) => {
  await withDisk(async (disk) => {
    await disk.store.raiseEarliest(4)
    await harmed(disk, [heightKey('final', 2), columnKey('held', 3, list[2]!.root, 4)], 'delete')
    disk.mending.start()
    await new Promise((resolve) => setTimeout(resolve, 600))
    t.deepEqual([disk.fetched, disk.filling], [[], []])
    t.is(await disk.store.finalRootAt(2), undefined)
  })
})
