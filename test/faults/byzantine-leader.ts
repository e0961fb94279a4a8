// A real validator with a network of lies, as a process: `weft node` with all its options, except that it misbehaves
// whenever it leads. One after the other, by its turns:
//   equivocate  two signed headers of one height, each with proposal and columns, and its own vote for both
//   stall       its header goes out and nothing else ever does
//   split       16 columns go to everybody; half of the peers get 44 others, the rest get another 44: none has 64
// Everything else it does honestly.

import { equal, toHex } from '../../src/base/bytes.ts'
import { createBlstBls } from '../../src/chain/bls-blst.ts'
import { chainOf } from '../../src/chain/chain.ts'
import type { Column, Genesis, Header, SignedHeader } from '../../src/chain/containers.ts'
import type { Network, StreamHandlers } from '../../src/chain/ports.ts'
import { headerRoot, headerSigningRoot, KIND, voteSigningRoot } from '../../src/chain/signing.ts'
import { commands } from '../../src/cli/commands.ts'
import { readGenesis } from '../../src/cli/genesis-file.ts'
import { folderPaths, plainKeys, readNodeKeys } from '../../src/cli/node-folder.ts'
import { run } from '../../src/cli/run.ts'
import { runFullNode } from '../../src/cli/run-node.ts'
import { processTerminal } from '../../src/cli/terminal.ts'
import { type Misdeed, misdeedAt } from './misdeeds.ts'

const TO_ALL = 16
const TO_HALF = 44

/** Whether a column of a split block is shown to a peer. */
const isShown = (index: number, peer: string): boolean => {
  if (index < TO_ALL) return true
  const isFirstHalf = (peer.codePointAt(peer.length - 1) ?? 0) % 2 === 0
  return isFirstHalf ? index < TO_ALL + TO_HALF : index >= 128 - TO_HALF
}

const misbehaving = (genesis: Genesis, validator: number, secretKey: Uint8Array) => {
  const { chainId } = chainOf(genesis)
  const bls = createBlstBls()
  const misdeed = ({ message: { proposer, height } }: SignedHeader): Misdeed | undefined =>
    proposer === validator ? misdeedAt(height, genesis.validators.length) : undefined
  /** By the root of each own block: what is done with it. */
  const known = new Map<string, Misdeed>()

  /** Another block of the same height: the same grid a millisecond later. */
  const second = (header: SignedHeader): SignedHeader => {
    const message: Header = { ...header.message, timestamp: header.message.timestamp + 1 }
    const root = headerRoot(message)
    return { message, signature: bls.sign(headerSigningRoot(chainId, message.height, root), secretKey) }
  }
  const twins = new Map<string, SignedHeader>()

  const wrapNetwork = (network: Network): Network => {
    const { publish } = network
    return {
      ...network,
      peerId: network.peerId,
      publish: {
        ...publish,
        async header(announcement) {
          const what = misdeed(announcement.header)
          const root = toHex(headerRoot(announcement.header.message))
          if (what !== undefined) known.set(root, what)
          const peers = await publish.header(announcement)
          if (what === 'equivocate') {
            const twin = second(announcement.header)
            twins.set(root, twin)
            await publish.header({ ...announcement, header: twin })
          }
          return peers
        },
        async proposal(proposal) {
          const what = misdeed(proposal.header)
          if (what === 'stall') return 0
          const peers = await publish.proposal(proposal)
          if (what === 'equivocate') await publish.proposal({ ...proposal, header: second(proposal.header) })
          return peers
        },
        async column(column) {
          const what = misdeed(column.header)
          if (what === 'stall' || (what === 'split' && column.index >= TO_ALL)) return 0
          if (what !== 'equivocate') return publish.column(column)
          const both: readonly Column[] = [column, { ...column, header: second(column.header) }]
          const peers = []
          for (const one of column.index % 2 === 0 ? both : both.toReversed())
            peers.push(await publish.column(one))
          return Math.max(...peers)
        },
        async vote(vote) {
          const twin = twins.get(toHex(vote.root))
          if (twin !== undefined && vote.validator === validator && vote.kind === KIND.notarise) {
            const other = { kind: KIND.notarise, height: vote.height, root: headerRoot(twin.message) }
            const signature = bls.sign(voteSigningRoot(chainId, other), secretKey)
            if (!equal(other.root, vote.root)) await publish.vote({ ...other, validator, signature })
          }
          return publish.vote(vote)
        },
      },
    }
  }

  const wrapStreams = (streams: StreamHandlers): StreamHandlers => ({
    ...streams,
    async *proposals(request) {
      for await (const proposal of streams.proposals(request))
        if (misdeed(proposal.header) !== 'stall') yield proposal
    },
    async *columns(request, from) {
      for await (const column of streams.columns(request, from)) {
        const what = misdeed(column.header)
        if (what === 'stall' || (what === 'split' && !isShown(column.index, from))) continue
        yield column
      }
    },
    tiles(request, from) {
      const what = known.get(toHex(request.root))
      const tiles =
        what === 'stall'
          ? []
          : what === 'split'
            ? request.tiles.filter(({ column }) => isShown(column, from))
            : request.tiles
      return streams.tiles({ ...request, tiles }, from)
    },
  })
  return { wrapNetwork, wrapStreams }
}

process.exitCode = await run(
  { argv: ['node', ...process.argv.slice(2)], environment: {}, version: '0.0.0' },
  { terminal: processTerminal(process, {}), host: process },
  {
    ...commands,
    node: {
      ...commands.node,
      load: async () => async (values, _args, context) => {
        const { validatorKey } = await readNodeKeys(values.dir, plainKeys)
        if (validatorKey === undefined) throw new Error(`expected a validator's key in ${values.dir}`)
        const { genesis } = readGenesis(folderPaths(values.dir).genesis)
        const own = toHex(createBlstBls().publicKeyOf(validatorKey))
        const validator = genesis.validators.findIndex(({ publicKey }) => toHex(publicKey) === own)
        return runFullNode(values, context, misbehaving(genesis, validator, validatorKey))
      },
    },
  },
)
