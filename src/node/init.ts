// What it takes to build a node, as plain data (times in milliseconds, sizes in bytes), with the defaults.

import type { Genesis } from '../chain/containers.ts'
import type { NetworkLimits } from '../network/limits.ts'
import { queueDefaults } from '../sampling/queue.ts'
import { samplerDefaults } from '../sampling/sampler.ts'

interface CommonInit {
  readonly genesis: Genesis
  /** Folder of the database. */
  readonly dataDir: string
  /** libp2p private key, protobuf form (`@libp2p/crypto` privateKeyToProtobuf). */
  readonly peerKey: Uint8Array
  /** Multiaddrs to listen on. Default: /ip4/0.0.0.0/tcp/26700 */
  readonly listen: readonly string[]
  /** Multiaddrs to announce instead of those found; empty: the found ones. */
  readonly announce: readonly string[]
  /** Multiaddrs with peer ids to begin with. */
  readonly bootnodes: readonly string[]
  /** Many nodes share one address (a devnet): relaxes limits per address. Default false. */
  readonly devnet: boolean
  /** Limits of the network other than its defaults (network/limits.ts). */
  readonly limits?: Partial<NetworkLimits> | undefined
  /** Worker threads for arithmetic; a validator has one more, so that encoding does not hold up checking. Default 1. */
  readonly threads: number
  /** Versions of the protocol that are followed; where genesis schedules another, the node stops. Default: all that the code has. */
  readonly protocolVersions?: readonly number[]
  /** KZG backend. */
  readonly kzg: 'kernels' | 'native' | 'kzg-wasm'
}

export interface FullNodeInit extends CommonInit {
  /** BLS secret key (32 bytes) of a genesis validator: the node then proposes and votes. */
  readonly validatorKey?: Uint8Array
  /** Most bytes of blobs that wait for a block. Default 64 MiB. */
  readonly mempoolBytes: number
  /** A validator signs nothing new below this height: given where its signing records were lost. Default: none. */
  readonly signingFloor?: number
}

export interface LightNodeInit extends CommonInit {
  /** Largest share of withheld blocks that may pass for available, e.g. 0.005. */
  readonly failureProbability: number
  /** How many older final blocks are sampled after a start. Default 16. */
  readonly backlogBlocks: number
  /** Bytes that backward sampling may spend after a start. Default 64 MiB. */
  readonly backlogBytes: number
  /** Blocks that are sampled or wait to be; further ones wait outside, and are sampled when they are final. Default 64. */
  readonly pendingSamples: number
  /** Blocks sampled at once. Default 4. */
  readonly samplesAtOnce: number
  /** Requests for tiles under way at once for one block; those to one peer are `outboundRequestsPerPeer`. Default 32. */
  readonly tileRequests: number
  /** Bytes of tiles that it gives to others in a minute. Default 6 MiB. */
  readonly serveBytesPerMinute: number
  /** Answers with tiles that it gives at once. Default 4. */
  readonly serveStreams: number
  /** Bytes of sampled tiles that it keeps; those of the lowest blocks go first. Default 256 MiB. */
  readonly tileBytes: number
  /** Bytes of tiles of nodes that only dial, fetched for whoever asks and kept in memory. Default 8 MiB; 0: none. */
  readonly relayBytes: number
  /** Root of a trusted final header (32 bytes) and its height, to begin there instead of genesis. */
  readonly trusted?: { readonly height: number; readonly root: Uint8Array }
}

export const nodeDefaults = {
  listen: ['/ip4/0.0.0.0/tcp/26700'],
  announce: [],
  bootnodes: [],
  devnet: false,
  threads: 1,
  mempoolBytes: 64 * 1024 * 1024,
  failureProbability: 0.005,
  backlogBlocks: 16,
  backlogBytes: 64 * 1024 * 1024,
  pendingSamples: queueDefaults.maxBlocks,
  samplesAtOnce: queueDefaults.concurrentBlocks,
  tileRequests: samplerDefaults.concurrency,
  serveBytesPerMinute: 6 * 1024 * 1024,
  serveStreams: 4,
  tileBytes: 256 * 1024 * 1024,
  relayBytes: 8 * 1024 * 1024,
} as const
