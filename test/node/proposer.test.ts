// A leader and a blob that its engine cannot encode: the engine is made to fail here, since the real one has no such
// blob. Everybody else's blobs are in blocks, and the bad one is found.

import { join } from 'node:path'
import test from 'ava'
import { fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { blobIdOf, namespaceOf } from '../../src/grid/blob.ts'
import type { EncodedBlock } from '../../src/grid/block.ts'
import { createGridEngine } from '../../src/grid/create-engine.ts'
import { createBlockSize } from '../../src/node/block-size.ts'
import { createCandidates } from '../../src/node/candidates.ts'
import { createCellBudget } from '../../src/node/cell-budget.ts'
import { createMempool } from '../../src/node/mempool.ts'
import { createProposer } from '../../src/node/proposer.ts'
import { createStore } from '../../src/store/store.ts'
import { temporaryFolder } from './support.ts'

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
    const proposer = createProposer(
      {
        chainId: new Uint8Array(32),
        validatorsRoot: new Uint8Array(32),
        proposer: 0,
        custody: [],
        versionAt: () => 1,
      },
      {
        mempool,
        engine: {
          encode: async (blobs): Promise<EncodedBlock> => {
            if (blobs.some((blob) => toHex(blobIdOf(blob)) === bad)) throw new Error('cannot be encoded')
            return engine.encode(blobs)
          },
        },
        store,
        candidates: createCandidates(),
        budget: createCellBudget(),
        size: createBlockSize({ maxRows: 4, maxBands: 4, encodeMs: 60_000 }),
        signHeader: () => new Uint8Array(96),
        taken: () => new Set(),
        idsDownFrom: async () => new Set(),
        condemned: () => condemned,
        onCondemned: (blobId) => condemned.add(toHex(blobId)),
        isStopping: () => false,
        log: silent,
        clock: systemClock,
        metrics: noMetrics,
      },
    )
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
