// Columns for a reader from a slow peer: while wanted ones come no block is restored for them; when none comes any more, or
// they take too long, any 64 will do.

import test from 'ava'
import { utf8 } from '../../src/base/bytes.ts'
import { sleep } from '../../src/base/deadline.ts'
import { silent } from '../../src/base/log.ts'
import type { Network } from '../../src/chain/ports.ts'
import { namespaceOf } from '../../src/grid/blob.ts'
import { createColumnsForReading } from '../../src/node/block-columns.ts'
import { createBlocks, testEngine } from './blocks.ts'
import { testChain } from './support.ts'

const chain = await testChain(1)
const engine = testEngine(chain)
const block = await createBlocks(chain, engine).block({ height: 1 }, [
  { namespace: namespaceOf(utf8('r')), data: new Uint8Array(100_000).fill(3), flags: 0 },
])
test.after.always(() => engine.close())

const all = Array.from({ length: 128 }, (_, index) => index)

/** Reads the first columns of the block from one peer, which answers with those that `give` leaves of what was asked. */
const read = async (
  wanted: readonly number[],
  give: (indices: readonly number[], ms: number) => Promise<readonly number[]>,
) => {
  const startMs = performance.now()
  const restores: number[] = []
  const columnsForReading = createColumnsForReading({
    store: { getColumn: async () => undefined },
    network: {
      peers: () => [{ id: 'peer', custody: new Set(all), isValidator: true }],
      penalize() {},
      request: {
        columns: async (_: string, { indices }: { readonly indices: readonly number[] }) =>
          (await give(indices, performance.now() - startMs)).map((index) => block.columns[index]!),
      } as Pick<Network['request'], 'columns'> as Network['request'],
    },
    engine: {
      checkColumns: (header, columns) => engine.checkColumns(header, columns),
      restoreData(header, known, options) {
        restores.push(known.columns?.length ?? 0)
        return engine.restoreData(header, known, options)
      },
    },
    log: silent,
  })
  const found = await columnsForReading(
    { root: block.root, header: block.proposal.header },
    wanted,
    AbortSignal.timeout(30_000),
  )
  const cells = wanted.map((index) => found?.columns.find((column) => column.index === index)?.cells)
  return { restores, cells, ms: performance.now() - startMs }
}
const expected = (wanted: readonly number[]) => wanted.map((index) => block.columns[index]!.cells)

test('what comes slowly is waited for', async (t) => {
  const wanted = [0, 1, 2, 3]
  const { restores, cells, ms } = await read(wanted, async ([index]) => {
    await sleep(1_700)
    return [index!]
  })
  t.deepEqual(cells, expected(wanted))
  t.deepEqual(restores, [])
  t.true(ms > 6_000)
})

test('where a wanted column does not come, the block is restored from 64 others', async (t) => {
  const wanted = [0, 1]
  const { restores, cells, ms } = await read(wanted, async (indices) =>
    indices.filter((index) => index !== 1),
  )
  t.deepEqual(cells, expected(wanted))
  t.deepEqual(restores, [64])
  t.true(ms > 4_500)
})

test('columns that come one by one for too long are waited for no longer', async (t) => {
  const wanted = [0, 1, 2, 3, 4, 5, 6, 7]
  const { restores, cells } = await read(wanted, async (indices, ms) => {
    if (ms > 9_900) return indices.filter((index) => index >= 8)
    await sleep(2_000)
    return [indices[0]!]
  })
  t.deepEqual(cells, expected(wanted))
  t.deepEqual(restores, [64])
})
