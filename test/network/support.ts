// Nodes on loopback for the network's tests, and messages that are valid SSZ and mean nothing.

import { silent } from '../../src/base/log.ts'
import type { Labels, Metrics } from '../../src/base/metrics.ts'
import { accept } from '../../src/base/verdict.ts'
import type {
  Announcement,
  Certificate,
  Column,
  Proposal,
  Status,
  Tile,
  Vote,
} from '../../src/chain/containers.ts'
import { CertificateType } from '../../src/chain/containers.ts'
import type { GossipHandlers, StreamHandlers } from '../../src/chain/ports.ts'
import { nodeSha256 } from '../../src/grid/node-sha256.ts'
import { createIdentity, peerIdBytes } from '../../src/network/identity.ts'
import {
  createNetwork,
  type NetworkComponents,
  type NetworkInit,
  type WeftNetwork,
} from '../../src/network/network.ts'

export const chainId = 'ab'.repeat(32)
const chainBytes = new Uint8Array(32).fill(0xab)

const fill = (length: number, value = 0) => new Uint8Array(length).fill(value)

export const makeHeader = (height = 1): Column['header'] => ({
  message: {
    version: 1,
    chainId: chainBytes,
    height,
    parentHeight: height - 1,
    parentRoot: fill(32, 1),
    timestamp: 1_000 * height,
    proposer: 0,
    rowCount: 2,
    commitmentsRoot: fill(32, 2),
    entriesCell: 64,
    entriesRoot: fill(32, 3),
    dataRoot: fill(32, 4),
    proofsRoot: fill(32, 5),
    validatorsRoot: fill(32, 6),
  },
  signature: fill(96, 7),
})

export const makeAnnouncement = (height = 1): Announcement => ({
  header: makeHeader(height),
  commitments: [fill(48, 1), fill(48, 2)],
})

export const makeColumn = (index: number, height = 1, rows = 2): Column => ({
  header: makeHeader(height),
  index,
  cells: Array.from({ length: rows }, (_, row) => fill(2_048, row + index)),
  branch: Array.from({ length: 7 }, (_, i) => fill(32, i)),
})

export const makeProposal = (height = 1): Proposal => ({
  ...makeAnnouncement(height),
  entries: [{ namespace: fill(29), startCell: 0, length: 300, flags: 0, blobId: fill(32, 9) }],
  sheet: Array.from({ length: 128 }, (_, k) => fill(48, k)),
})

export const makeVote = (height = 1, validator = 0): Vote => ({
  kind: 0,
  height,
  root: fill(32, 1),
  validator,
  signature: fill(96, 2),
})

export const makeCertificate = (height = 1): Certificate => ({
  ...CertificateType.defaultValue(),
  height,
})

export const makeTile = (band: number, column: number): Tile => ({
  band,
  column,
  cells: fill(2_048, column),
  branch: Array.from({ length: 9 }, () => fill(32, 1)),
  proofs: [fill(48, 3)],
})

export const makeStatus = (changes: Partial<Status> = {}): Status => ({
  chainId: chainBytes,
  finalHeight: 7,
  finalRoot: fill(32, 7),
  headHeight: 8,
  custodyCount: 8,
  earliestHeight: 0,
  ...changes,
})

export const gossipHandlers = (changes: Partial<GossipHandlers> = {}): GossipHandlers => ({
  header: async () => accept,
  proposal: async () => accept,
  column: async () => accept,
  vote: async () => accept,
  certificate: async () => accept,
  ...changes,
})

export const streamHandlers = (changes: Partial<StreamHandlers> = {}): StreamHandlers => ({
  status: async () => makeStatus(),
  async *headers({ start, count }) {
    for (let height = start; height < start + count; height++) yield makeAnnouncement(height)
  },
  async *certificates({ start, count }) {
    for (let height = start; height < start + count; height++) yield makeCertificate(height)
  },
  async *proposals({ roots }) {
    for (const root of roots) yield makeProposal(root[0])
  },
  async *columns({ indices }) {
    for (const index of indices) yield makeColumn(index)
  },
  async *tiles({ tiles }) {
    for (const { band, column } of tiles) yield makeTile(band, column)
  },
  held: async () => ({ tiles: [] }),
  submit: async ({ data }) => ({ code: data.length === 0 ? 1 : 0, blobId: fill(32, data.length % 256) }),
  ...changes,
})

/** A metrics registry that remembers: `total('name', {label: 'x'})` sums the matching series. */
export const createCounters = (): Metrics & { total(name: string, labels?: Labels): number } => {
  const counts: { name: string; by: number; labels: Labels }[] = []
  return {
    count: (name, by = 1, labels = {}) => void counts.push({ name, by, labels }),
    gauge() {},
    observe() {},
    total: (name, labels = {}) =>
      counts
        .filter(
          (entry) => entry.name === name && Object.entries(labels).every(([k, v]) => entry.labels[k] === v),
        )
        .reduce((sum, { by }) => sum + by, 0),
  }
}

export type NodeOptions = Omit<Partial<NetworkInit>, 'topics'> & {
  readonly topics?: Partial<NetworkInit['topics']>
} & Partial<Omit<NetworkComponents, 'gossip' | 'streams'>> & {
    readonly gossip?: Partial<GossipHandlers>
    readonly streams?: Partial<StreamHandlers>
  }

/** A node on loopback that is not started. */
export const makeNode = async (options: NodeOptions = {}): Promise<WeftNetwork & { bytes: Uint8Array }> => {
  const { topics, gossip, streams, privateKey, log, metrics, custodyOf, transports, ...init } = options
  const key = privateKey ?? (await createIdentity())
  const network = createNetwork(
    {
      chainId,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      validators: [],
      devnet: true,
      maxRows: 64,
      maxBands: 8,
      ...init,
      topics: { proposal: true, vote: true, columns: [], ...topics },
    },
    {
      privateKey: key,
      log: log ?? silent,
      metrics: metrics ?? { count() {}, gauge() {}, observe() {} },
      gossip: gossipHandlers(gossip),
      streams: streamHandlers(streams),
      custodyOf: custodyOf ?? ((_id, count) => Array.from({ length: count }, (_, i) => i)),
      sha256: nodeSha256,
      ...(transports === undefined ? {} : { transports }),
    },
  )
  return Object.assign(network, { bytes: peerIdBytes(key) })
}

/** Waits until `holds`, or throws after `timeoutMs`. */
export const until = async (holds: () => boolean, what: string, timeoutMs = 20_000): Promise<void> => {
  const end = Date.now() + timeoutMs
  while (!holds()) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export const soon = (ms = 20_000): AbortSignal => AbortSignal.timeout(ms)

export const columnsRequest = (indices: readonly number[]) => ({
  root: new Uint8Array(32),
  indices: [...indices],
})
