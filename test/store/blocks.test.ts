import test from 'ava'
import { ColumnType, ProposalType } from '../../src/chain/containers.ts'
import { columnOf, openStore, proposalOf, rootOf, temporaryFolder } from './helpers.ts'

const serialized = (column: Parameters<typeof ColumnType.serialize>[0] | undefined) =>
  column && ColumnType.serialize(column)

test('a block comes back bit for bit after the store was closed and opened again', async (t) => {
  const location = await temporaryFolder(t)
  const proposal = proposalOf(5, 5, 3)
  const columns = [0, 63, 127].map((index) => columnOf(proposal, index))
  const first = await openStore(t, { location })
  await first.putBlock(rootOf(5), proposal, columns)
  await first.close()
  const store = await openStore(t, { location })
  const read = await store.getProposal(rootOf(5))
  t.deepEqual(ProposalType.serialize(read!), ProposalType.serialize(proposal))
  t.deepEqual(await store.heldColumns(rootOf(5)), [0, 63, 127])
  for (const column of columns) {
    t.deepEqual(serialized(await store.getColumn(rootOf(5), column.index)), ColumnType.serialize(column))
  }
  t.is(await store.getColumn(rootOf(5), 1), undefined)
})

test('columns that come before the announcement bring the header and wait for the commitments', async (t) => {
  const store = await openStore(t)
  const proposal = proposalOf(9, 1)
  await store.putColumns(rootOf(1), [columnOf(proposal, 4)])
  t.deepEqual(serialized(await store.getColumn(rootOf(1), 4)), ColumnType.serialize(columnOf(proposal, 4)))
  t.is(await store.getAnnouncement(rootOf(1)), undefined)
  t.is(await store.getProposal(rootOf(1)), undefined)
  await store.putAnnouncement(rootOf(1), proposal)
  t.deepEqual((await store.getAnnouncement(rootOf(1)))?.commitments, proposal.commitments)
  t.is(await store.getProposal(rootOf(1)), undefined)
})

test('both headers of a leader that equivocates are listed at their height and nowhere else', async (t) => {
  const store = await openStore(t)
  await store.putAnnouncement(rootOf(1), proposalOf(256, 1))
  await store.putAnnouncement(rootOf(2), proposalOf(256, 2))
  await store.putAnnouncement(rootOf(3), proposalOf(257, 3))
  const roots = await store.rootsAt(256)
  t.is(roots.length, 2)
  t.deepEqual(new Set(roots.map((root) => root.join())), new Set([rootOf(1).join(), rootOf(2).join()]))
  t.deepEqual(await store.rootsAt(255), [])
})

test('the largest block, 128 columns of 256 rows, is written in bounded batches and read column by column', async (t) => {
  let largest = 0
  const { classicBackend } = await import('../../src/store/database.ts')
  const { watch } = await import('./helpers.ts')
  const store = await openStore(
    t,
    {},
    {
      ...watch().components,
      backend: {
        async create(...args) {
          const database = await classicBackend.create(...args)
          const batch = database.batch.bind(database)
          database.batch = (operations, options) => {
            largest = Math.max(
              largest,
              operations.reduce((sum, each) => sum + (each.type === 'put' ? each.value.length : 0), 0),
            )
            return batch(operations, options)
          }
          return database
        },
      },
    },
  )
  const proposal = proposalOf(1, 1, 256)
  const [cell] = columnOf(proposal, 0).cells
  const columns = Array.from({ length: 128 }, (_, index) => ({
    header: proposal.header,
    index,
    cells: Array.from({ length: 256 }, () => cell!),
    branch: [],
  }))
  await store.putBlock(rootOf(1), proposal, columns)
  t.true(largest < 12 * 1024 * 1024, `largest batch: ${largest}`)
  t.is((await store.heldColumns(rootOf(1))).length, 128)
  t.is((await store.getColumn(rootOf(1), 127))?.cells.length, 256)
})
