import test from 'ava'
import type { Column, Tile, TilesRequest } from '../../../src/chain/containers.ts'
import { HeaderType } from '../../../src/chain/containers.ts'
import type { Network, StreamHandlers } from '../../../src/chain/ports.ts'
import { headerRoot } from '../../../src/chain/signing.ts'
import { PUBLISHED_COLUMNS, withholding } from '../../../src/cli/devnet/withholding.ts'

const columnOf = (proposer: number, index: number): Column => ({
  header: { message: { ...HeaderType.defaultValue(), proposer }, signature: new Uint8Array(96) },
  index,
  cells: [],
  branch: [],
})

const all = Array.from({ length: 128 }, (_, index) => index)

/** A network that notes what it is given to publish. */
const noting = () => {
  const published: number[] = []
  const submitted: string[] = []
  const network = {
    peerId: 'me',
    publish: {
      header: async () => 1,
      column: async ({ index }: Column) => published.push(index),
    },
    request: {
      submit: async (peer: string) => {
        submitted.push(peer)
        return { code: 0, blobId: new Uint8Array(32) }
      },
    },
  } as unknown as Network
  return { network, published, submitted }
}

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

test('fewer columns are let out than restore a block', (t) => {
  t.is(PUBLISHED_COLUMNS.size, 60)
  t.true([...PUBLISHED_COLUMNS].every((index) => index >= 0 && index < 128))
})

test('of its own block only these columns are published, of others all', async (t) => {
  const { network, published } = noting()
  const wrapped = withholding(3).wrapNetwork?.(network)
  for (const index of all) await wrapped?.publish.column(columnOf(3, index))
  t.deepEqual(published, [...PUBLISHED_COLUMNS])
  published.length = 0
  for (const index of all) await wrapped?.publish.column(columnOf(2, index))
  t.deepEqual(published, all)
})

test('streams give neither its other columns nor tiles of them', async (t) => {
  const { wrapNetwork, wrapStreams } = withholding(3)
  const asked: TilesRequest[] = []
  const streams = wrapStreams?.({
    async *columns() {
      for (const index of all) yield columnOf(3, index)
    },
    async *tiles(request: TilesRequest) {
      asked.push(request)
      for (const { band, column } of request.tiles) yield { band, column } as Tile
    },
  } as unknown as StreamHandlers)
  const root = headerRoot(columnOf(3, 0).header.message)
  // Its header goes out before anybody can ask for a tile.
  const { header } = columnOf(3, 0)
  await wrapNetwork?.(noting().network).publish.header({ header, commitments: [] })
  const columns = await collect(streams!.columns({ root, indices: all }, 'peer'))
  t.deepEqual(
    columns.map(({ index }) => index),
    [...PUBLISHED_COLUMNS],
  )
  const tiles = all.map((column) => ({ band: 0, column }))
  const served = await collect(streams!.tiles({ root, tiles }, 'peer'))
  t.deepEqual(
    served.map(({ column }) => column),
    [...PUBLISHED_COLUMNS],
  )
  const others = await collect(streams!.tiles({ root: new Uint8Array(32), tiles }, 'peer'))
  t.is(others.length, 128)
})

test('it gives its blobs to no other leader', async (t) => {
  const { network, submitted } = noting()
  const wrapped = withholding(3).wrapNetwork?.(network)
  await t.throwsAsync(
    wrapped!.request.submit('leader', {} as never, { signal: new AbortController().signal }),
  )
  t.deepEqual(submitted, [])
})
