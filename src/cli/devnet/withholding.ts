// How a node withholds: of its own blocks it lets out only some columns, by gossip and on streams, and no tile of the
// others. Everything else it does honestly, votes included. It also keeps to itself the blobs it was given, so that
// no honest leader publishes them.

import { toHex } from '../../base/bytes.ts'
import type { Column, SignedHeader, Tile, TilesRequest } from '../../chain/containers.ts'
import type { Network, StreamHandlers } from '../../chain/ports.ts'
import { headerRoot } from '../../chain/signing.ts'
import type { Wrapping } from '../run-node.ts'

/** Columns that are let out: four fewer than restore a block, from both ends, so that the hole lies in the middle. */
export const PUBLISHED_COLUMNS: ReadonlySet<number> = new Set(
  Array.from({ length: 60 }, (_, i) => (i < 30 ? i : 128 - 60 + i)),
)

/** Wraps the node of validator `proposer`. */
export const withholding = (proposer: number): Wrapping => {
  /** Roots of the blocks that are withheld. */
  const withheld = new Set<string>()
  const isOwn = ({ message }: SignedHeader): boolean => {
    if (message.proposer === proposer) withheld.add(toHex(headerRoot(message)))
    return message.proposer === proposer
  }
  const isHidden = ({ header, index }: Column): boolean => isOwn(header) && !PUBLISHED_COLUMNS.has(index)
  return {
    wrapNetwork: (network) => wrapped(network, isOwn, isHidden),
    wrapStreams: (streams) => ({
      ...streams,
      columns: (request, from) => without(streams.columns(request, from), isHidden),
      tiles: (request, from) => tilesLetOut(streams, request, from, withheld),
    }),
  }
}

const wrapped = (
  network: Network,
  isOwn: (header: SignedHeader) => boolean,
  isHidden: (column: Column) => boolean,
): Network => ({
  ...network,
  peerId: network.peerId,
  publish: {
    ...network.publish,
    // Seen before anybody can ask for a tile of it.
    header: (announcement) => {
      isOwn(announcement.header)
      return network.publish.header(announcement)
    },
    column: async (column) => (isHidden(column) ? 0 : network.publish.column(column)),
  },
  request: {
    ...network.request,
    submit: async () => {
      throw new Error('this node keeps its blobs to itself')
    },
  },
})

async function* without<T>(all: AsyncIterable<T>, isHidden: (one: T) => boolean): AsyncIterable<T> {
  for await (const one of all) if (!isHidden(one)) yield one
}

const tilesLetOut = (
  streams: StreamHandlers,
  request: TilesRequest,
  from: string,
  withheld: ReadonlySet<string>,
): AsyncIterable<Tile> => {
  if (!withheld.has(toHex(request.root))) return streams.tiles(request, from)
  const tiles = request.tiles.filter(({ column }) => PUBLISHED_COLUMNS.has(column))
  return streams.tiles({ ...request, tiles }, from)
}
