// A leader and a blob that its engine cannot encode: the engine is made to fail here, since the real one has no such
// blob. Everybody else's blobs are in blocks, and the bad one is found.

import { join } from 'node:path'
import test from 'ava'
import { fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { blobIdOf, FLAG_ALIGNED, namespaceOf } from '../../src/grid/blob.ts'
import type { EncodedBlock } from '../../src/grid/block.ts'
import { createGridEngine } from '../../src/grid/create-engine.ts'
import { rowsNeeded } from '../../src/grid/layout.ts'
import { emptyHeader } from '../../src/grid/roots.ts'
import { createBlockSize } from '../../src/node/block-size.ts'
import { createCandidates } from '../../src/node/candidates.ts'
import { type CellHolder, cellBytes, createCellBudget } from '../../src/node/cell-budget.ts'
import { createMempool } from '../../src/node/mempool.ts'
import { createProposer } from '../../src/node/proposer.ts'
import { createStore } from '../../src/store/store.ts'
import { temporaryFolder } from './support.ts'

const init = {
  chainId: new Uint8Array(32),
  validatorsRoot: new Uint8Array(32),
  proposer: 0,
  custody: [],
  versionAt: () => 1,
}
/** What is the same in every test. */
const usual = {
  signHeader: () => new Uint8Array(96),
  taken: () => new Set<string>(),
  idsDownFrom: async () => new Set<string>(),
  isStopping: () => false,
  log: silent,
  clock: systemClock,
  metrics: noMetrics,
}

test('a blob that cannot be encoded is found, and costs the others a few turns, not all', async (t) => {
  t.timeout(120_000)
  const folder = await temporaryFolder()
  const store = createStore({ location: join(folder.path, 'db') }, { log: silent, metrics: noMetrics })
  await store.open()
  const engine = createGridEngine({ maxRows: 4, maxBands: 2, threads: 1, backend: 'kernels', role: 'prover' })
  try {
    const mempool = createMempool({ maxBytes: 1_000_000, maxRows: 4 }, { store, metrics: noMetrics })
    const ids: string[] = []
    for (let i = 0; i < 8; i++) {
      const blob = { namespace: namespaceOf(utf8('n')), data: utf8(`blob ${i}`), flags: 0 }
      ids.push(toHex(await mempool.add(blob)))
    }
    const bad = ids[5]!
    const condemned = new Set<string>()
    const proposer = createProposer(init, {
      ...usual,
      candidates: createCandidates(),
      mempool,
      engine: {
        encode: async (blobs): Promise<EncodedBlock> => {
          if (blobs.some((blob) => toHex(blobIdOf(blob)) === bad)) throw new Error('cannot be encoded')
          return engine.encode(blobs)
        },
      },
      store,
      budget: createCellBudget(),
      size: createBlockSize({ maxRows: 4, maxBands: 4, encodeMs: 60_000 }),
      condemned: () => condemned,
      onCondemned: (blobId) => condemned.add(toHex(blobId)),
    })
    const signal = AbortSignal.timeout(100_000)
    let height = 0
    while (mempool.size > 1 || condemned.size === 0) {
      height++
      t.true(height < 20, 'too many turns')
      proposer.prepare()
      const turn = { height, parentHeight: height - 1, parentRoot: new Uint8Array(32), timestamp: height }
      const { root } = await proposer.build(turn, signal)
      const entries = (await store.getProposal(root))?.entries ?? []
      t.false(entries.some(({ blobId }) => toHex(blobId) === bad))
      await mempool.remove(entries.map(({ blobId }) => blobId))
    }
    t.deepEqual([...condemned], [bad])
    t.true(mempool.has(fromHex(bad) as Uint8Array))
    t.log(`${height} turns`)
  } finally {
    await engine.close()
    await store.close()
    await folder.remove()
  }
})

const noBlobs: EncodedBlock = { header: emptyHeader(), commitments: [], entries: [], sheet: [], columns: [] }

test('the cells of a block count from when its encoding begins, as many as it will have, and none where it fails', async (t) => {
  const folder = await temporaryFolder()
  const store = createStore({ location: join(folder.path, 'db') }, { log: silent, metrics: noMetrics })
  await store.open()
  try {
    const mempool = createMempool({ maxBytes: 1_000_000, maxRows: 8 }, { store, metrics: noMetrics })
    let holder: CellHolder | undefined
    let asked = 0
    let fail = (_: Error) => {}
    let succeed = (_: EncodedBlock) => {}
    let stopping = false
    let whenOpened: number | undefined
    const taken = new Set<string>()
    const candidates = createCandidates()
    const proposer = createProposer(init, {
      ...usual,
      isStopping: () => stopping,
      taken: () => taken,
      candidates: {
        ...candidates,
        open(root, header, nowMs) {
          whenOpened = holder?.bytes
          return candidates.open(root, header, nowMs)
        },
      },
      mempool,
      engine: {
        encode: () =>
          new Promise((resolve, reject) => {
            succeed = resolve
            fail = reject
          }),
      },
      store,
      budget: {
        join(_rank, joined) {
          holder = joined
        },
        makeRoom() {
          asked += 1
          return 0
        },
      },
      size: createBlockSize({ maxRows: 8, maxBands: 4, encodeMs: 60_000 }),
      condemned: () => new Set(),
      onCondemned() {},
    })
    proposer.prepare()
    t.is(holder?.bytes, 0)
    fail(new Error('nothing waits'))
    for (const byte of [1, 2, 3]) {
      const data = new Uint8Array(100_000).fill(byte)
      await mempool.add({ namespace: namespaceOf(utf8('n')), data, flags: FLAG_ALIGNED })
    }
    const rows = rowsNeeded(
      mempool.select(8, { except: new Set() }).map(({ data, ...rest }) => ({ ...rest, length: data.length })),
    )
    proposer.prepare()
    t.true(rows >= 1)
    t.is(holder?.bytes, cellBytes(rows))
    t.is(asked, 2)

    // In a turn it goes on counting; then what is encoded in its place, until there is a block, or none.
    const turn = { height: 1, parentHeight: 0, parentRoot: new Uint8Array(32), timestamp: 1 }
    stopping = true
    const built = proposer.build(turn, AbortSignal.timeout(10_000))
    t.is(holder?.bytes, cellBytes(rows))
    fail(new Error('it cannot be encoded'))
    while (asked < 3) await new Promise((resolve) => setTimeout(resolve))
    t.is(holder?.bytes, cellBytes(rows))
    fail(new Error('nor in its turn'))
    await t.throwsAsync(built, { message: 'nor in its turn' })
    t.is(holder?.bytes, 0)

    // What becomes a block counts until it is a candidate, which counts itself; an encoding of no use until it ends.
    const build = () => proposer.build(turn, AbortSignal.timeout(10_000))
    proposer.prepare()
    const [first, second] = [build(), build()]
    const endFirst = succeed
    while (asked < 5) await new Promise((resolve) => setTimeout(resolve))
    t.true((holder?.bytes ?? 0) >= 2 * cellBytes(1))
    const both = holder?.bytes ?? 0
    endFirst(noBlobs)
    await first
    t.is(whenOpened, both / 2)
    t.is(holder?.bytes, both / 2)
    succeed(noBlobs)
    await second
    t.is(whenOpened, 0)
    t.is(holder?.bytes, 0)

    // Encoded ahead, and then another block takes one of its blobs.
    proposer.prepare()
    const endAhead = succeed
    const ahead = holder?.bytes ?? 0
    t.true(ahead > 0)
    const some = mempool.select(8, { except: new Set() })[0]!
    taken.add(toHex(some.blobId))
    const third = build()
    while (asked < 7) await new Promise((resolve) => setTimeout(resolve))
    t.true((holder?.bytes ?? 0) > ahead)
    endAhead(noBlobs)
    await new Promise((resolve) => setTimeout(resolve))
    t.true((holder?.bytes ?? 0) <= ahead)
    succeed(noBlobs)
    await third
    t.is(holder?.bytes, 0)
  } finally {
    await store.close()
    await folder.remove()
  }
})
