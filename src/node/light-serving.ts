// What a light node answers on streams: its tip, the headers and certificates that it believes, and the tiles that it
// sampled, within what its owner lets it give: so many bytes a minute, so many answers at once. Above that it says
// "rate-limited", which costs nobody score, and whoever asks comes back later or goes elsewhere.

import { WeftError } from '../base/error.ts'
import type { Metrics } from '../base/metrics.ts'
import { MAX_HELD_TILES, type TileId, TileType } from '../chain/containers.ts'
import { COLUMNS } from '../chain/limits.ts'
import type { CertificateStore, SampleStore, StreamHandlers } from '../chain/ports.ts'
import { pacedBlobIdOf } from '../grid/paced-blob-id.ts'
import { createTokenBucket } from '../network/token-bucket.ts'
import type { LightChain } from '../sampling/light-chain.ts'
import type { LightRelay } from './light-relay.ts'
import { SUBMISSION_CODE } from './submission-code.ts'

export interface LightServingInit {
  readonly chainId: Uint8Array
  /** What is believed without proof: genesis or a trusted header. */
  readonly base: { readonly height: number; readonly root: Uint8Array }
  /** Bytes of tiles given to others in a minute. */
  readonly serveBytesPerMinute: number
  /** Answers with tiles at once. */
  readonly serveStreams: number
}

export interface LightServingComponents {
  readonly chain: Pick<LightChain, 'tip' | 'finalAt'>
  readonly store: Pick<SampleStore, 'getTile' | 'heldTiles'> & Pick<CertificateStore, 'certificates'>
  readonly relay: Pick<LightRelay, 'held' | 'tile'>
  readonly metrics: Metrics
}

export const createLightServing = (
  init: LightServingInit,
  { chain, store, relay, metrics }: LightServingComponents,
): StreamHandlers => {
  const { base } = init
  const tipHeight = () => chain.tip()?.announcement.header.message.height ?? base.height
  const budget = createTokenBucket(init.serveBytesPerMinute / 60, init.serveBytesPerMinute)
  let serving = 0

  const limited = (what: 'streams' | 'bytes'): WeftError => {
    metrics.count('weft_light_serving_refused_total', 1, { limit: what })
    return new WeftError('rate-limited', `expected to be asked for less, the limit of ${what} is reached`, {})
  }

  return {
    status: async () => ({
      chainId: init.chainId,
      finalHeight: tipHeight(),
      finalRoot: chain.tip()?.root ?? base.root,
      headHeight: tipHeight(),
      custodyCount: 0,
      earliestHeight: base.height,
    }),
    async *headers({ start, count }) {
      for (let at = start; at < start + count; at++) {
        const final = chain.finalAt(at)
        if (final !== undefined) yield final.announcement
      }
    },
    certificates: ({ start, count }) => store.certificates(start, count),
    async *proposals() {},
    async *columns() {},
    async *tiles({ root, tiles }) {
      if (serving >= init.serveStreams) throw limited('streams')
      serving++
      try {
        for (const { band, column } of tiles) {
          const tile = (await store.getTile(root, band, column)) ?? relay.tile(root, { band, column })
          if (tile === undefined) continue
          const bytes = TileType.value_serializedSize(tile)
          if (!budget.take(bytes)) throw limited('bytes')
          metrics.count('weft_light_served_bytes_total', bytes)
          yield tile
        }
      } finally {
        serving--
      }
    },
    async held({ root }) {
      const places = new Map<number, TileId>()
      for (const place of [...(await store.heldTiles(root)), ...(await relay.held(root))]) {
        places.set(place.band * COLUMNS + place.column, { ...place })
      }
      const ascending = [...places].sort(([a], [b]) => a - b).map(([, place]) => place)
      return { tiles: ascending.slice(0, MAX_HELD_TILES) }
    },
    submit: async (submission) => ({
      code: SUBMISSION_CODE.notTaken,
      blobId: await pacedBlobIdOf(submission),
    }),
  }
}
