// A leader that withholds a pattern of tiles of its own blocks, and custodians that hold them and collude with it: they
// answer everything but those tiles. A column of which a tile is withheld is given to nobody but friends, since whoever
// holds a column computes all its tiles, the extended ones included.

import { toHex } from '../../src/base/bytes.ts'
import type { Column, SignedHeader } from '../../src/chain/containers.ts'
import type { Network, StreamHandlers } from '../../src/chain/ports.ts'
import { headerRoot } from '../../src/chain/signing.ts'

/** Whether the tile of a place is withheld. */
export type Pattern = (band: number, column: number) => boolean

export const nothing: Pattern = () => false

export interface Conspiracy {
  /** What is withheld of the leader's blocks that are published from now on. */
  pattern: Pattern
  /** What is withheld of a block of the leader's that was published. */
  patternOf(root: string): Pattern | undefined
  readonly wrapNetwork: (network: Network) => Network
  readonly wrapStreams: (streams: StreamHandlers) => StreamHandlers
}

export const createConspiracy = (init: {
  /** The leader's place among the validators. */
  readonly leader: number
  /** Bands of a column that count: 2B of the blocks that are published. */
  readonly bands: number
  /** Peer ids of those who are given everything. */
  readonly friends: ReadonlySet<string>
}): Conspiracy => {
  const patterns = new Map<string, Pattern>()
  const patternOf = ({ message }: SignedHeader): Pattern | undefined => {
    if (message.proposer !== init.leader || message.rowCount === 0) return undefined
    const root = toHex(headerRoot(message))
    const known = patterns.get(root) ?? conspiracy.pattern
    patterns.set(root, known)
    return known
  }
  const isHidden = ({ header, index }: Column): boolean => {
    const pattern = patternOf(header)
    if (pattern === undefined) return false
    return Array.from({ length: init.bands }, (_, band) => band).some((band) => pattern(band, index))
  }

  const conspiracy: Conspiracy = {
    pattern: nothing,
    patternOf: (root) => patterns.get(root),
    wrapNetwork: (network) => ({
      ...network,
      get peerId() {
        return network.peerId
      },
      // The blobs stay with the leader, so that the blocks are its own.
      request: {
        ...network.request,
        submit: async () => {
          throw new Error('these keep their blobs to themselves')
        },
      },
      publish: {
        ...network.publish,
        header: (announcement) => {
          patternOf(announcement.header)
          return network.publish.header(announcement)
        },
        column: async (column) => (isHidden(column) ? 0 : network.publish.column(column)),
      },
    }),
    wrapStreams: (streams) => ({
      ...streams,
      async *columns(request, from) {
        for await (const column of streams.columns(request, from))
          if (init.friends.has(from) || !isHidden(column)) yield column
      },
      async *tiles(request, from) {
        const pattern = patterns.get(toHex(request.root))
        const tiles = request.tiles.filter(({ band, column }) => pattern?.(band, column) !== true)
        yield* streams.tiles({ ...request, tiles }, from)
      },
    }),
  }
  return conspiracy
}
