// Peers that a test makes answer as it likes, and time that passes only when everybody waits. The sampling code itself
// is the real one.

import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { accept, reject } from '../../src/base/verdict.ts'
import type { Announcement, Header, Tile } from '../../src/chain/containers.ts'
import type { Peer, SampleRecord } from '../../src/chain/ports.ts'
import { commitmentsRootOf } from '../../src/grid/roots.ts'
import { shapeOf } from '../../src/grid/shape.ts'
import type { SamplerComponents } from '../../src/sampling/types.ts'
import { type Clock, createClock } from './clock.ts'
import { seeded } from './seeded.ts'

export { seeded } from './seeded.ts'

export const peerOf = (id: string, columns: Iterable<number>, isValidator = false): Peer => ({
  id,
  custody: new Set(columns),
  isValidator,
})

export const allColumns = Array.from({ length: 128 }, (_, index) => index)

const commitmentsOf = (rowCount: number) =>
  Array.from({ length: rowCount }, (_, row) => new Uint8Array(48).fill(row))

/** A header of `rowCount` rows whose other fields mean nothing. */
export const announcementOf = (rowCount: number, height = 1, fields: Partial<Header> = {}): Announcement => ({
  header: {
    message: {
      version: 1,
      chainId: new Uint8Array(32),
      height,
      parentHeight: height - 1,
      parentRoot: new Uint8Array(32),
      timestamp: 1,
      proposer: 0,
      rowCount,
      commitmentsRoot: commitmentsRootOf(commitmentsOf(rowCount)),
      entriesCell: 0,
      entriesRoot: new Uint8Array(32),
      dataRoot: new Uint8Array(32),
      proofsRoot: new Uint8Array(32),
      validatorsRoot: new Uint8Array(32),
      ...fields,
    },
    signature: new Uint8Array(96),
  },
  commitments: commitmentsOf(rowCount),
})

/** A tile that says where it belongs; `true_` is what the checker of `simulated` looks at. */
export const tileOf = (
  rowCount: number,
  maxBands: number,
  band: number,
  column: number,
  good = true,
): Tile => {
  const shape = shapeOf(rowCount, maxBands)
  return {
    band,
    column,
    cells: Uint8Array.of(good ? 1 : 0),
    branch: [],
    proofs: shape.bands === 0 ? [] : [new Uint8Array(48)],
  }
}

export type Behaviour = (
  band: number,
  column: number,
  signal: AbortSignal,
) => Promise<readonly Tile[]> | readonly Tile[]

export interface Simulated {
  readonly components: SamplerComponents
  readonly timers: Clock
  readonly asked: { peer: string; band: number; column: number }[]
  readonly penalized: [string, string][]
  readonly records: { record: SampleRecord; tiles: readonly Tile[] }[]
  peers: Peer[]
}

/** Components whose peers behave as told; a tile verifies if it was made by `tileOf` with `good`. */
export const simulate = (
  peers: readonly Peer[],
  behaviour: (peer: string) => Behaviour,
  seed = 1,
  timers = createClock(),
): Simulated => {
  const simulated: Simulated = {
    timers,
    asked: [],
    penalized: [],
    records: [],
    peers: [...peers],
    components: {
      peers: () => simulated.peers,
      request: {
        async tiles(peer, { tiles }, { signal }) {
          const answers = tiles.map(({ band, column }) => {
            simulated.asked.push({ peer, band, column })
            return behaviour(peer)(band, column, signal)
          })
          return (await Promise.all(answers)).flat()
        },
      },
      penalize: (peer, code) => void simulated.penalized.push([peer, code]),
      engine: {
        async checkTiles(batches) {
          return batches.map(({ tiles }) =>
            tiles.map((tile) => (tile.cells[0] === 1 ? accept : reject('proof'))),
          )
        },
      },
      store: {
        async putSamples(record, tiles) {
          simulated.records.push({ record, tiles })
        },
        async getTile(root, band, column) {
          for (const { record, tiles } of simulated.records) {
            if (record.root.join() !== root.join()) continue
            const found = tiles.find((tile) => tile.band === band && tile.column === column)
            if (found !== undefined) return found
          }
          return undefined
        },
      },
      log: silent,
      metrics: noMetrics,
      random: seeded(seed),
      timers,
    },
  }
  return simulated
}

export const never = new AbortController().signal
