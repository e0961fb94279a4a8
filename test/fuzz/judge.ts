// The judges under test: the path that a message takes in a node. Gossip goes through the network's intake (bounds, SSZ,
// topic) into a full node's handlers with their memory of headers and votes; answers and requests through the codec,
// the table of protocols, and what reads or serves them. Nothing here is a copy of a rule.

import { equal } from '../../src/base/bytes.ts'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import type { Verdict } from '../../src/base/verdict.ts'
import { createBlstBls } from '../../src/chain/bls-blst.ts'
import type { Column, Header, Submission, Tile } from '../../src/chain/containers.ts'
import { judgeHeaderParent } from '../../src/chain/header-rules.ts'
import { headerRoot } from '../../src/chain/signing.ts'
import { decode } from '../../src/network/codec.ts'
import { createIntake } from '../../src/network/intake.ts'
import { defaultLimits } from '../../src/network/limits.ts'
import { allTopics, type StreamName, topicName } from '../../src/network/names.ts'
import { messageBytes, type StreamProtocol, streamProtocols } from '../../src/network/protocols.ts'
import { createCandidates } from '../../src/node/candidates.ts'
import { createCellBudget } from '../../src/node/cell-budget.ts'
import { createGossip } from '../../src/node/gossip.ts'
import { createHeaders } from '../../src/node/headers.ts'
import { memoBls } from '../../src/node/memo-bls.ts'
import { createMempool } from '../../src/node/mempool.ts'
import { createServing } from '../../src/node/serving.ts'
import { CURRENT_HEIGHT, FINAL_HEIGHT, type FuzzChain, MAX_BANDS, MAX_ROWS, WEIGHTS } from './fuzz-chain.ts'
import { type Asked, knownCertificates, type Outcome } from './twin.ts'

export type GossipKind = 'header' | 'proposal' | 'column' | 'vote' | 'certificate'

export interface AskedBlock extends Asked {
  readonly root: Uint8Array
  readonly sheet: readonly Uint8Array[]
}

const CHAIN_NAME = 'ab'.repeat(32)
const bounds = { maxRows: MAX_ROWS, maxBands: MAX_BANDS, validators: WEIGHTS.length }
const outcomeOf = (verdict: Verdict): Outcome =>
  verdict.verdict === 'accept' ? 'ok' : `${verdict.verdict}:${verdict.code}`

export const createJudge = ({ chain, engine }: FuzzChain) => {
  const bls = memoBls(createBlstBls())
  const protocols = streamProtocols(bounds)

  // ---- gossip ----

  const createHandlers = () => {
    const candidates = createCandidates({ maxBlocks: 100_000 }, { budget: createCellBudget(2 ** 40) })
    const headers = createHeaders(
      { genesis: { root: chain.chainId, timestamp: chain.genesis.timestamp } },
      {
        store: {
          async putAnnouncement() {},
          getAnnouncement: async () => undefined,
          getProposal: async () => undefined,
        },
        judgeAgainstParent: judgeHeaderParent,
        onHeader() {},
        onEquivocation() {},
        finalHeight: () => 0,
        log: silent,
      },
    )
    return createGossip({
      chain,
      bls,
      headers,
      candidates,
      assembler: {
        expect: (root, header) => candidates.open(root, header, 0),
        addProposal() {},
        addColumn: (root, column) =>
          candidates.open(root, column.header, 0).columns.set(column.index, column),
      },
      engine,
      finalHeight: () => FINAL_HEIGHT,
      currentHeight: () => CURRENT_HEIGHT,
      isKnownCertificate: ({ kind, height }) => knownCertificates.has(`${kind}/${height}`),
      onVote() {},
      onCertificate() {},
    })
  }
  let handlers = createHandlers()
  let settled: (outcome: Outcome) => void = () => {}
  const intake = createIntake(
    { ...defaultLimits, validationTimeoutMs: 60_000 },
    {
      topics: allTopics(CHAIN_NAME),
      maxBytes: messageBytes(bounds),
      handlers: {
        header: (message, from) => handlers.header(message, from),
        proposal: (message, from) => handlers.proposal(message, from),
        column: (message, from) => handlers.column(message, from),
        vote: (message, from) => handlers.vote(message, from),
        certificate: (message, from) => handlers.certificate(message, from),
      },
      log: silent,
      metrics: {
        ...noMetrics,
        count(name, _by, labels) {
          if (name === 'weft_network_gossip_verdicts_total')
            settled(labels?.code === 'ok' ? 'ok' : `${labels?.verdict}:${labels?.code}`)
        },
      },
      report() {},
      penalize() {},
      isBanned: () => false,
      onLimit() {},
    },
  )

  // ---- streams ----

  const mempool = createMempool(
    { maxBytes: 64 * 2 ** 20, maxRows: MAX_ROWS },
    {
      store: {
        async putSubmission() {},
        async deleteSubmissions() {},
        async *submissions() {},
        async putTicket() {},
        locateBlob: async () => undefined,
      },
      metrics: noMetrics,
    },
  )
  const serving = createServing(
    { chainId: chain.chainId, custodyCount: 128, maxBands: MAX_BANDS, takesSubmissions: true },
    {
      store: {
        getAnnouncement: async () => undefined,
        async *certificates() {},
        finalTip: async () => undefined,
        async *finalRoots() {},
        earliestHeight: async () => 0,
      },
      candidates: createCandidates(),
      columns: { proposal: async () => undefined, column: async () => undefined },
      engine,
      mempool: {
        async add(blob) {
          const blobId = await mempool.add(blob)
          await mempool.remove([blobId])
          return blobId
        },
      },
      headHeight: () => CURRENT_HEIGHT,
    },
  )
  /** As the server reads a request: undecodable or without a possible answer is code 1. */
  const request = (name: Exclude<StreamName, 'status' | 'peers'>, data: Uint8Array): unknown => {
    const protocol = protocols[name] as StreamProtocol<never, unknown>
    if (data.length > protocol.requestBytes) return undefined
    const value = decode<unknown>(protocol.request!, data, protocol.requestBytes)
    return value === undefined || protocol.maxItems(value as never) === 0 ? undefined : value
  }
  const answer = <T>(name: StreamName, data: Uint8Array): T | undefined => {
    const protocol = protocols[name] as StreamProtocol<never, unknown>
    return data.length > protocol.answerBytes
      ? undefined
      : (decode<unknown>(protocol.answer, data, protocol.answerBytes) as T | undefined)
  }
  const isRequest = (name: Exclude<StreamName, 'status' | 'peers'>, data: Uint8Array): Outcome =>
    request(name, data) === undefined ? 'reject:invalid-request' : 'ok'

  return {
    reset() {
      handlers = createHandlers()
    },
    gossip: (kind: GossipKind, data: Uint8Array, column?: number): Promise<Outcome> =>
      new Promise((resolve) => {
        settled = resolve
        intake.receive({ topic: topicName(CHAIN_NAME, kind, column), data, from: 'peer', id: 'id' })
      }),
    async tile(data: Uint8Array, asked: AskedBlock): Promise<Outcome> {
      const tile = answer<Tile>('tiles', data)
      if (tile === undefined) return 'reject:undecodable'
      const block = {
        header: asked.header as unknown as Header,
        commitments: asked.commitments,
        tiles: [tile],
      }
      const [[verdict] = []] = await engine.checkTiles([block])
      return outcomeOf(verdict!)
    },
    async columnAnswer(data: Uint8Array, asked: AskedBlock): Promise<Outcome> {
      const column = answer<Column>('columns', data)
      if (column === undefined) return 'reject:undecodable'
      if (!equal(headerRoot(column.header.message), asked.root)) return 'reject:other-block'
      const header = asked.header as unknown as Header
      const [path] = await engine.checkColumns(header, [column])
      if (path?.verdict !== 'accept') return outcomeOf(path!)
      const { commitments, sheet } = asked
      const [verdict] = await engine.checkColumnProofs({ header, commitments, sheet }, [column])
      return outcomeOf(verdict!)
    },
    async columnProofs(column: Column, asked: AskedBlock): Promise<Outcome> {
      const { header, commitments, sheet } = asked
      const block = { header: header as unknown as Header, commitments, sheet }
      const [verdict] = await engine.checkColumnProofs(block, [column])
      return outcomeOf(verdict!)
    },
    status(data: Uint8Array): Outcome {
      const status = answer<{ chainId: Uint8Array }>('status', data)
      if (status === undefined) return 'reject:undecodable'
      return equal(status.chainId, chain.chainId) ? 'ok' : 'reject:other-chain'
    },
    rangeRequest: (data: Uint8Array): Outcome => {
      const outcome = isRequest('headers', data)
      // The same container asks for certificates, and must fare the same.
      return isRequest('certificates', data) === outcome ? outcome : 'disagreement'
    },
    proposalsRequest: (data: Uint8Array): Outcome => isRequest('proposals', data),
    columnsRequest: (data: Uint8Array): Outcome => isRequest('columns', data),
    tilesRequest: (data: Uint8Array): Outcome => isRequest('tiles', data),
    heldRequest: (data: Uint8Array): Outcome => isRequest('held', data),
    held: (data: Uint8Array): Outcome => (answer('held', data) === undefined ? 'reject:undecodable' : 'ok'),
    async submission(data: Uint8Array): Promise<Outcome> {
      const submission = request('submit', data) as Submission | undefined
      if (submission === undefined) return 'reject:invalid-request'
      const { code } = await serving.submit(submission, 'peer')
      return `answer:${code}`
    },
    submissionAnswer: (data: Uint8Array): Outcome =>
      answer('submit', data) === undefined ? 'reject:undecodable' : 'ok',
  }
}
