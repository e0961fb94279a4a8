// Peers that collude against one light node: real networks of ours on loopback, one of them with the key of a real
// validator, whose answers are lies over what that validator has. They claim to keep everything and to be far ahead, show
// the victim what they like and nothing else, and keep it waiting.

import type { PrivateKey } from '@libp2p/interface'
import { equal, toHex } from '../../../src/base/bytes.ts'
import { silent } from '../../../src/base/log.ts'
import { noMetrics } from '../../../src/base/metrics.ts'
import { ignore } from '../../../src/base/verdict.ts'
import { chainOf } from '../../../src/chain/chain.ts'
import type { Genesis } from '../../../src/chain/containers.ts'
import { fullNodeCustody } from '../../../src/chain/custody.ts'
import type { GossipHandlers, StreamHandlers } from '../../../src/chain/ports.ts'
import type { GridEngine } from '../../../src/grid/engine.ts'
import { nodeSha256 } from '../../../src/grid/node-sha256.ts'
import { createNetwork, type WeftNetwork } from '../../../src/network/network.ts'
import type { TestBlock } from '../blocks.ts'

/** What becomes of a question about a tile: nothing comes; nothing, and the stream stays open; a few columns come. */
export type Refusal = 'empty' | 'stalled' | 'partly'

export interface Lies {
  readonly refusal: Refusal
  /** A block that is shown to the victim alone, whole. */
  shown: TestBlock | undefined
}

export interface Colluder {
  readonly network: WeftNetwork
  address(): string
}

const COLUMNS_GIVEN = 32
/** How far ahead they claim to be. */
const CLAIMED_HEIGHTS = 1_000_000

export const startColluder = async (
  { genesis, privateKey }: { readonly genesis: Genesis; readonly privateKey: PrivateKey },
  {
    truth,
    lies,
    engine,
    end,
  }: {
    /** What the validator among them has. */
    readonly truth: StreamHandlers
    readonly lies: Lies
    readonly engine: Pick<GridEngine, 'makeTiles'>
    /** Ends whatever is kept waiting. */
    readonly end: AbortSignal
  },
): Promise<Colluder> => {
  const network = createNetwork(
    {
      chainId: toHex(chainOf(genesis).chainId),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      validators: genesis.validators.map(({ peerId }) => peerId),
      topics: { proposal: false, vote: false, columns: [] },
      maxRows: genesis.maxRows,
      maxBands: genesis.maxBands,
      kademlia: 'server',
      devnet: true,
      // They let the victim ask and wait as often as it likes.
      limits: { inboundRequests: 10_000, inboundRequestsPerPeer: 10_000, banPoints: 1_000_000 },
    },
    {
      privateKey,
      log: silent,
      metrics: noMetrics,
      gossip: hearsNothing,
      streams: lying(truth, lies, engine, end),
      custodyOf: fullNodeCustody,
      sha256: nodeSha256,
    },
  )
  await network.start()
  return { network, address: () => network.addresses()[0]! }
}

const lying = (
  truth: StreamHandlers,
  lies: Lies,
  engine: Pick<GridEngine, 'makeTiles'>,
  end: AbortSignal,
): StreamHandlers => {
  const waiting = (): Promise<void> =>
    new Promise((resolve) => {
      if (end.aborted) resolve()
      else end.addEventListener('abort', () => resolve(), { once: true })
    })
  const silence = async function* (): AsyncGenerator<never> {
    if (lies.refusal === 'stalled') await waiting()
    yield* []
  }
  return {
    async status() {
      const { finalHeight, ...status } = await truth.status()
      const height = finalHeight + CLAIMED_HEIGHTS
      return { ...status, finalHeight: height, headHeight: height, custodyCount: 128 }
    },
    headers: silence,
    certificates: silence,
    proposals: silence,
    columns: silence,
    async *tiles(request, from) {
      const { shown } = lies
      if (shown !== undefined && equal(request.root, shown.root)) {
        const { proposal, columns, header } = shown
        for (const { band, column } of request.tiles) {
          const made = await engine.makeTiles({ header, sheet: proposal.sheet }, columns[column]!, [band])
          for (const tile of made) yield { ...tile, branch: [...tile.branch], proofs: [...tile.proofs] }
        }
        return
      }
      if (lies.refusal === 'partly') {
        const tiles = request.tiles.filter(({ column }) => column < COLUMNS_GIVEN)
        if (tiles.length > 0) yield* truth.tiles({ ...request, tiles }, from)
        return
      }
      yield* silence()
    },
    held: async () => ({ tiles: [] }),
    submit: truth.submit,
  }
}

const hearsNothing: GossipHandlers = {
  header: async () => ignore('not-followed'),
  proposal: async () => ignore('not-followed'),
  column: async () => ignore('not-followed'),
  vote: async () => ignore('not-followed'),
  certificate: async () => ignore('not-followed'),
}
