// A peer that listens to every vote and header of a network and keeps them: whether anybody signed twice is judged by what
// was on the wire, not by what nodes say of themselves. Only messages whose signature holds count. With the validators'
// databases at hand it also holds every vote against the record that should stand for it.

import { readFileSync } from 'node:fs'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { toHex } from '../../../src/base/bytes.ts'
import { silent } from '../../../src/base/log.ts'
import { noMetrics } from '../../../src/base/metrics.ts'
import { accept } from '../../../src/base/verdict.ts'
import { createBlstBls } from '../../../src/chain/bls-blst.ts'
import { chainOf } from '../../../src/chain/chain.ts'
import type { Vote } from '../../../src/chain/containers.ts'
import { fullNodeCustody } from '../../../src/chain/custody.ts'
import { genesisFromJson } from '../../../src/chain/genesis-json.ts'
import type { GossipHandlers, Network, SigningStore, StreamHandlers } from '../../../src/chain/ports.ts'
import {
  headerRoot,
  headerSigningRoot,
  isVoteKind,
  KIND,
  voteSigningRoot,
} from '../../../src/chain/signing.ts'
import { folderPaths } from '../../../src/cli/node-folder.ts'
import { covers } from '../../../src/consensus/record.ts'
import { nodeSha256 } from '../../../src/grid/node-sha256.ts'
import { createNetwork } from '../../../src/network/network.ts'
import type { ProcessNet } from './processes.ts'

export interface VoteObserver {
  /** For asking nodes as a peer does. */
  readonly network: Pick<Network, 'request' | 'peers'>
  /** Votes and headers whose signature holds. */
  readonly votes: number
  readonly headers: number
  /** What nobody may sign: two votes of a kind, nil beside finalize, two headers, of one signer for one height. */
  contradictions(): readonly string[]
  /** Votes of a validator on the wire that its record does not stand for. */
  unrecorded(validator: number, store: Pick<SigningStore, 'getSigningRecord'>): Promise<readonly string[]>
  stop(): Promise<void>
}

export const startVoteObserver = async (net: ProcessNet): Promise<VoteObserver> => {
  const bls = createBlstBls()
  const genesis = genesisFromJson(
    JSON.parse(readFileSync(folderPaths(net.dir(net.plans[0]!.name)).genesis, 'utf8')),
    bls,
  )
  const chain = chainOf(genesis)
  /** By validator, height and kind: the roots, or the roots of headers. */
  const votes = new Map<string, Map<string, Vote>>()
  const headers = new Map<string, Set<string>>()
  let counted = 0
  let countedHeaders = 0

  const take = (vote: Vote) => {
    const key = `${vote.validator}/${vote.height}/${vote.kind}`
    const seen = votes.get(key) ?? new Map<string, Vote>()
    votes.set(key, seen)
    if (seen.has(toHex(vote.root))) return
    const { publicKey } = genesis.validators[vote.validator]!
    if (!isVoteKind(vote.kind)) return
    const root = voteSigningRoot(chain.chainId, { kind: vote.kind, height: vote.height, root: vote.root })
    if (!bls.verify(root, publicKey, vote.signature)) return
    seen.set(toHex(vote.root), vote)
    counted += 1
  }

  const gossip: GossipHandlers = {
    vote: async (vote) => {
      take(vote)
      return accept
    },
    header: async ({ header: { message, signature } }) => {
      const root = headerRoot(message)
      const key = `${message.proposer}/${message.height}`
      const seen = headers.get(key) ?? new Set<string>()
      if (seen.has(toHex(root))) return accept
      const { publicKey } = genesis.validators[message.proposer]!
      if (bls.verify(headerSigningRoot(chain.chainId, message.height, root), publicKey, signature)) {
        headers.set(key, seen.add(toHex(root)))
        countedHeaders += 1
      }
      return accept
    },
    proposal: async () => accept,
    column: async () => accept,
    certificate: async () => accept,
  }
  const nothing = async function* () {}
  const streams: StreamHandlers = {
    status: async () => ({
      chainId: chain.chainId,
      finalHeight: 0,
      finalRoot: chain.chainId,
      headHeight: 0,
      custodyCount: 0,
      earliestHeight: 0,
    }),
    headers: nothing,
    certificates: nothing,
    proposals: nothing,
    columns: nothing,
    tiles: nothing,
    held: async () => ({ tiles: [] }) as never,
    submit: async ({ data: _ }) => ({ code: 4, blobId: new Uint8Array(32) }),
  }
  const network = createNetwork(
    {
      chainId: toHex(chain.chainId),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootnodes: net.plans.filter(({ role }) => role === 'validator').map(({ name }) => net.address(name)),
      validators: genesis.validators.map(({ peerId }) => peerId),
      topics: { proposal: false, vote: true, columns: [] },
      maxRows: genesis.maxRows,
      maxBands: genesis.maxBands,
      kademlia: 'client',
      devnet: true,
      // Nodes come and go: who has just started again is heard soon.
      limits: { redialMaxMs: 2_000 },
    },
    {
      privateKey: await generateKeyPair('Ed25519'),
      log: silent,
      metrics: noMetrics,
      gossip,
      streams,
      custodyOf: fullNodeCustody,
      sha256: nodeSha256,
    },
  )
  await network.start()

  const all = () => [...votes.values()].flatMap((seen) => [...seen.values()])
  return {
    network,
    get votes() {
      return counted
    },
    get headers() {
      return countedHeaders
    },
    contradictions() {
      const found: string[] = []
      for (const [key, seen] of votes) {
        if (seen.size > 1) found.push(`two votes of validator/height/kind ${key}`)
        const [validator, height, kind] = key.split('/')
        if (Number(kind) === KIND.nil && seen.size > 0) {
          const finalized = votes.get(`${validator}/${height}/${KIND.finalize}`)
          if (finalized !== undefined && finalized.size > 0)
            found.push(`validator ${validator} signed nil and finalize of height ${height}`)
        }
      }
      for (const [key, roots] of headers)
        if (roots.size > 1) found.push(`two headers of proposer/height ${key}`)
      return found
    },
    async unrecorded(validator, store) {
      const found: string[] = []
      for (const { kind, height, root, validator: signer } of all()) {
        if (signer !== validator || !isVoteKind(kind)) continue
        const record = await store.getSigningRecord(height)
        if (record === undefined || !covers(record, { kind, height, root }))
          found.push(`validator ${validator} has no record of its vote of kind ${kind} at height ${height}`)
      }
      return found
    },
    stop: () => network.stop(),
  }
}
