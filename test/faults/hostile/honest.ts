// The honest side: three of four validators in one driver, which makes real blocks and votes, and two nodes that are
// connected to the victim alone. What one publishes the other gets only if the victim judged and forwarded it: that
// time, and that of requests to the victim, is what an attack must not spoil.

import { privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import { toHex } from '../../../src/base/bytes.ts'
import { messageOf } from '../../../src/base/error.ts'
import { silent } from '../../../src/base/log.ts'
import { noMetrics } from '../../../src/base/metrics.ts'
import { accept } from '../../../src/base/verdict.ts'
import { createBlstBls } from '../../../src/chain/bls-blst.ts'
import { chainOf } from '../../../src/chain/chain.ts'
import {
  type Certificate,
  type Column,
  ColumnType,
  type Header,
  type SignedHeader,
  type Vote,
  VoteType,
} from '../../../src/chain/containers.ts'
import { validatorCustody } from '../../../src/chain/custody.ts'
import type { GossipHandlers, StreamHandlers } from '../../../src/chain/ports.ts'
import {
  headerRoot,
  headerSigningRoot,
  KIND,
  type VoteKind,
  voteSigningRoot,
} from '../../../src/chain/signing.ts'
import { loadComponents } from '../../../src/grid/backends.ts'
import { namespaceOf } from '../../../src/grid/blob.ts'
import { createLocalEngine } from '../../../src/grid/local-engine.ts'
import { nodeSha256 } from '../../../src/grid/node-sha256.ts'
import { createNetwork, type WeftNetwork } from '../../../src/network/network.ts'
import { createRandom } from '../../consensus/simulation/random.ts'
import type { TestChain } from '../../node/support.ts'

/** The validator under attack: the last of four. */
export const VICTIM = 3
/** Columns that are published a block; all of them are the victim's, and the listener follows them. */
const COLUMNS = 16
const REQUEST_EVERY_MS = 50
/** After so long a height is tried again: what was published for it is not published anew. */
const STALL_MS = 30_000

export interface Honest {
  readonly addresses: readonly string[]
  /** Begins to make blocks, once the victim is connected. */
  begin(victimPeerId: string): void
  /** Milliseconds of each message and request that finished since the last call, and heights that became final. */
  take(): {
    readonly gossipMs: readonly number[]
    readonly requestMs: readonly number[]
    readonly heights: number
    /** Messages that did not come in time, and requests that failed, and how. */
    readonly lost: readonly string[]
  }
  readonly final: number
  /** Things that the attacker may use. */
  material(): { columns: string[]; oldVotes: string[]; indices: number[]; root: string }
  connected(): boolean
  stop(): Promise<void>
}

/** `lostMs`: after so long a message or an answer is lost. */
export const createHonest = async (test: TestChain, lostMs: number): Promise<Honest> => {
  const chain = chainOf(test.genesis)
  const bls = createBlstBls()
  const engine = createLocalEngine(test.genesis, await loadComponents('kernels', 'prover', nodeSha256))
  const random = createRandom(7)
  const data = Uint8Array.from({ length: 5_000 }, () => random.integer(0, 255))
  const grid = await engine.encode([{ namespace: namespaceOf(Uint8Array.of(7)), flags: 0, data }])
  const indices = [...validatorCustody(VICTIM, 4)].slice(0, COLUMNS)

  const sent = new Map<string, number>()
  const gossipMs: number[] = []
  const requestMs: number[] = []
  let heights = 0
  const lost: string[] = []
  let stopped = false
  let parent: { height: number; root: Uint8Array; timestamp: number } = {
    height: 0,
    root: chain.chainId,
    timestamp: test.genesis.timestamp,
  }
  let last: { root: Uint8Array; header: SignedHeader } | undefined
  /** By height, from whenever they come: it may be before they are waited for. */
  const victimHeaders = new Map<number, SignedHeader>()
  const finals = new Set<number>()
  const oldVotes: Vote[] = []
  let madeColumns: Column[] = []

  const heard = (name: string) => {
    const at = sent.get(name)
    if (at === undefined) return
    sent.delete(name)
    gossipMs.push(performance.now() - at)
  }
  const onCertificate = ({ kind, height }: Certificate) => {
    if (kind === KIND.finalize) finals.add(height)
  }
  const streams: StreamHandlers = {
    status: async () => ({
      chainId: chain.chainId,
      finalHeight: 0,
      finalRoot: chain.chainId,
      headHeight: parent.height + 1,
      custodyCount: 0,
      earliestHeight: 0,
    }),
    async *headers() {},
    async *certificates() {},
    async *proposals() {},
    async *columns({ indices: wanted, root }) {
      if (last === undefined || toHex(root) !== toHex(last.root)) return
      for (const column of madeColumns) if (wanted.includes(column.index)) yield column
    },
    async *tiles() {},
    held: async () => ({ tiles: [] }),
    submit: async () => ({ code: 4, blobId: new Uint8Array(32) }),
  }
  const nodeOf = (
    validator: number,
    gossip: Partial<GossipHandlers>,
    columns: readonly number[],
  ): WeftNetwork =>
    createNetwork(
      {
        chainId: toHex(chain.chainId),
        // Not the address that the attacker comes from.
        listen: ['/ip4/127.0.0.3/tcp/0'],
        validators: test.genesis.validators.map(({ peerId }) => peerId),
        topics: { proposal: true, vote: true, columns },
        maxRows: test.genesis.maxRows,
        maxBands: test.genesis.maxBands,
        devnet: true,
        // The victim's machine is the attacker's too: patience is not what is measured.
        limits: { targetPeers: 1 },
      },
      {
        privateKey: privateKeyFromProtobuf(test.validators[validator]!.peerKey),
        log: silent,
        metrics: noMetrics,
        gossip: {
          header: async ({ header }) => {
            if (header.message.proposer === VICTIM) victimHeaders.set(header.message.height, header)
            return accept
          },
          proposal: async () => accept,
          column: async () => accept,
          vote: async () => accept,
          certificate: async (certificate) => {
            onCertificate(certificate)
            return accept
          },
          ...gossip,
        },
        streams,
        custodyOf: () => [],
        sha256: nodeSha256,
      },
    )
  const speaker = nodeOf(0, {}, [])
  const listener = nodeOf(
    1,
    {
      header: async ({ header }) => {
        heard(`header/${header.message.height}`)
        if (header.message.proposer === VICTIM) victimHeaders.set(header.message.height, header)
        return accept
      },
      proposal: async ({ header }) => {
        heard(`proposal/${header.message.height}`)
        return accept
      },
      column: async ({ header, index }) => {
        heard(`column/${header.message.height}/${index}`)
        return accept
      },
      vote: async ({ kind, height, validator }) => {
        heard(`vote/${kind}/${height}/${validator}`)
        return accept
      },
    },
    indices,
  )
  await speaker.start()
  await listener.start()

  const until = async (holds: () => boolean, ms: number): Promise<boolean> => {
    const end = Date.now() + ms
    while (!holds() && Date.now() < end && !stopped) await new Promise((resolve) => setTimeout(resolve, 5))
    return holds()
  }
  const published = new Set<string>()
  const publishing = (name: string, publish: () => Promise<number>) => {
    // What is said again, because a height stalled, is not heard again.
    if (!published.has(name)) sent.set(name, performance.now())
    published.add(name)
    return publish().catch(() => 0)
  }
  const voteFor = async (kind: VoteKind, height: number, root: Uint8Array) => {
    const message = voteSigningRoot(chain.chainId, { kind, height, root })
    // With the victim's own vote it is a quorum: none comes too late to be of use, and to be forwarded.
    for (const validator of [0, 1]) {
      const signature = bls.sign(message, test.validators[validator]!.secretKey)
      const vote: Vote = { kind, height, root, validator, signature }
      oldVotes.push(vote)
      if (oldVotes.length > 40) oldVotes.shift()
      await publishing(`vote/${kind}/${height}/${validator}`, () => speaker.publish.vote(vote))
    }
  }

  const signedHeader = (height: number): SignedHeader => {
    const proposer = (height - 1) % 4
    const message: Header = {
      version: 1,
      chainId: chain.chainId,
      height,
      parentHeight: parent.height,
      parentRoot: parent.root,
      timestamp: parent.timestamp + 1_000,
      proposer,
      validatorsRoot: chain.validatorsRoot,
      ...grid.header,
    }
    const signature = bls.sign(
      headerSigningRoot(chain.chainId, height, headerRoot(message)),
      test.validators[proposer]!.secretKey,
    )
    return { message, signature }
  }

  /** One height: a block of ours or of the victim's, then the votes of three of four. */
  const oneHeight = async (): Promise<boolean> => {
    const height = parent.height + 1
    const leader = (height - 1) % 4
    let signed: SignedHeader
    if (leader === VICTIM) {
      await until(() => victimHeaders.has(height), STALL_MS)
      const header = victimHeaders.get(height)
      if (header === undefined) return false
      victimHeaders.delete(height)
      signed = header
    } else {
      signed = signedHeader(height)
      const { message } = signed
      const commitments = [...grid.commitments]
      await publishing(`header/${height}`, () => speaker.publish.header({ header: signed, commitments }))
      await publishing(`proposal/${height}`, () =>
        speaker.publish.proposal({
          header: signed,
          commitments,
          entries: [...grid.entries],
          sheet: [...grid.sheet],
        }),
      )
      madeColumns = grid.columns.map(({ index, cells, branch }) => ({
        header: signed,
        index,
        cells: [...cells],
        branch: [...branch],
      }))
      // So that the victim may ask for what is not published.
      last = { root: headerRoot(message), header: signed }
      for (const column of madeColumns)
        if (indices.includes(column.index))
          await publishing(`column/${height}/${column.index}`, () => speaker.publish.column(column))
        else if (validatorCustody(VICTIM, 4).includes(column.index)) await speaker.publish.column(column)
    }
    const root = headerRoot(signed.message)
    await voteFor(KIND.notarise, height, root)
    await voteFor(KIND.finalize, height, root)
    if (!(await until(() => finals.has(height), STALL_MS))) return false
    parent = { height, root, timestamp: signed.message.timestamp }
    heights++
    return true
  }

  const run = async () => {
    while (!stopped) {
      if (!(await oneHeight().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 100))
      // What the other has not heard by the end of its height is late or lost.
      for (const [name, at] of sent)
        if (performance.now() - at > lostMs) {
          sent.delete(name)
          lost.push(name)
        }
    }
  }
  const ask = async (victim: string) => {
    for (let i = 0; !stopped; i++) {
      const startMs = performance.now()
      const signal = AbortSignal.timeout(lostMs)
      const range = { start: Math.max(1, parent.height - 1), count: 2 }
      const asking: Promise<unknown> =
        i % 2 === 0
          ? listener.request.status(victim, { signal })
          : listener.request.headers(victim, range, { signal })
      await asking.then(
        () => requestMs.push(performance.now() - startMs),
        (error: unknown) => {
          if (!stopped)
            lost.push(`a request after ${Math.round(performance.now() - startMs)} ms: ${messageOf(error)}`)
        },
      )
      await new Promise((resolve) => setTimeout(resolve, REQUEST_EVERY_MS))
    }
  }
  let victim = ''

  return {
    addresses: [...speaker.addresses(), ...listener.addresses()],
    begin(peer) {
      victim = peer
      const isReady = () => [speaker, listener].every((node) => node.subscribers('vote').includes(peer))
      void until(isReady, 2 * STALL_MS).then(() => {
        void run()
        void ask(peer)
      })
    },
    take() {
      const taken = {
        gossipMs: gossipMs.splice(0),
        requestMs: requestMs.splice(0),
        heights,
        lost: lost.splice(0),
      }
      heights = 0
      return taken
    },
    get final() {
      return parent.height
    },
    material: () => {
      // The leader of a height to come is in league with the attacker: its header is valid, and nobody has its columns.
      const header = signedHeader(parent.height + ((parent.height + 7) % 4 === 0 ? 6 : 7))
      const columns = grid.columns.filter(({ index }) => indices.includes(index))
      return {
        columns: columns.map(({ index, cells, branch }) =>
          Buffer.from(
            ColumnType.serialize({ header, index, cells: [...cells], branch: [...branch] }),
          ).toString('base64'),
        ),
        oldVotes: oldVotes
          .slice(0, -8)
          .map((vote) => Buffer.from(VoteType.serialize(vote)).toString('base64')),
        indices: columns.map(({ index }) => index),
        root: last === undefined ? '' : toHex(last.root),
      }
    },
    connected: () => [speaker, listener].every((node) => node.peers().some(({ id }) => id === victim)),
    async stop() {
      stopped = true
      await Promise.all([speaker.stop(), listener.stop()])
    },
  }
}
