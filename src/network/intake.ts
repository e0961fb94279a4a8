// From a gossip message to a verdict: size, SSZ, column index against topic, then the handler; all within bounds on how
// many are under way, peers in turn, and a slice of the thread at a time: verifying a signature takes a millisecond of
// it. The verdict goes to the router (forward, drop, blame), to the metrics, and, where it is a reject, into the peer's
// points.

import { createBoundedMap } from '../base/bounded-map.ts'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import { ignore, reject, type Verdict } from '../base/verdict.ts'
import {
  AnnouncementType,
  CertificateType,
  type Column,
  ColumnType,
  ProposalType,
  VoteType,
} from '../chain/containers.ts'
import type { GossipHandlers } from '../chain/ports.ts'
import { type Codec, decode } from './codec.ts'
import { createFairQueue } from './fair-queue.ts'
import type { GossipMessage } from './gossip.ts'
import { createLabels } from './labels.ts'
import type { NetworkLimits, OnLimit } from './limits.ts'
import type { Topic, TopicKind } from './names.ts'
import { createTokenBucket, type TokenBucket } from './token-bucket.ts'

export type IntakeLimits = Pick<
  NetworkLimits,
  | 'pendingValidations'
  | 'pendingValidationsPerPeer'
  | 'pendingBytes'
  | 'pendingBytesPerPeer'
  | 'validationTimeoutMs'
  | 'gossipMessageBytes'
  | 'ignoredPerSecond'
  | 'ignoredBurst'
>

export interface IntakeComponents {
  readonly topics: ReadonlyMap<string, Topic>
  /** Most bytes of a message of each kind on this chain. */
  readonly maxBytes: Readonly<Record<TopicKind, number>>
  readonly handlers: GossipHandlers
  readonly log: Logger
  readonly metrics: Metrics
  report(message: GossipMessage, verdict: Verdict['verdict']): void
  penalize(peer: string, code: string): void
  isBanned(peer: string): boolean
  readonly onLimit: OnLimit
}

export interface Intake {
  receive(message: GossipMessage): void
  /** Validations under way. */
  readonly pending: number
}

interface Pending {
  count: number
  bytes: number
}

const REMEMBERED_PEERS = 1_024
/** So many more timeouts behind the first a message leaves its place though its work has not ended: it may never do. */
const LATE_TIMEOUTS = 11

export const createIntake = (limits: IntakeLimits, components: IntakeComponents): Intake => {
  const { handlers, maxBytes, metrics, log } = components
  const all: Pending = { count: 0, bytes: 0 }
  const peers = new Map<string, Pending>()
  const ignored = createBoundedMap<string, TokenBucket>(REMEMBERED_PEERS)
  const label = createLabels()
  const queue = createFairQueue()

  const kinds: { readonly [Kind in TopicKind]: Kindly } = {
    header: kindly(AnnouncementType, handlers.header, maxBytes.header),
    proposal: kindly(ProposalType, handlers.proposal, maxBytes.proposal),
    column: kindly(ColumnType, handlers.column, maxBytes.column),
    vote: kindly(VoteType, handlers.vote, maxBytes.vote),
    certificate: kindly(CertificateType, handlers.certificate, maxBytes.certificate),
  }

  const settle = (message: GossipMessage, topic: Topic, verdict: Verdict) => {
    components.report(message, verdict.verdict)
    const code = verdict.verdict === 'accept' ? 'ok' : label(verdict.code)
    metrics.count('weft_network_gossip_verdicts_total', 1, {
      topic: topic.kind,
      verdict: verdict.verdict,
      code,
    })
    if (verdict.verdict === 'reject')
      components.penalize(message.from, ownCodes.has(verdict.code) ? verdict.code : 'reject')
    if (verdict.verdict === 'ignore' && !bucketOf(message.from).take(1)) {
      components.onLimit('ignoredPerSecond')
      components.penalize(message.from, 'ignored-flood')
    }
  }
  const bucketOf = (peer: string): TokenBucket => {
    const known = ignored.get(peer)
    if (known !== undefined) return known
    const bucket = createTokenBucket(limits.ignoredPerSecond, limits.ignoredBurst)
    ignored.set(peer, bucket)
    return bucket
  }

  /** What a peer sent before it was banned costs nothing any more. */
  const judgeUnlessBanned = async (message: GossipMessage, topic: Topic): Promise<Verdict> =>
    components.isBanned(message.from) ? ignore('banned') : judge(message, topic)

  const judge = async (message: GossipMessage, topic: Topic): Promise<Verdict> => {
    const { type, maxBytes, handle } = kinds[topic.kind]
    // [reject] longer than any message of its kind, or not its SSZ.
    const value = decode<unknown>(type, message.data, Math.min(maxBytes, limits.gossipMessageBytes))
    if (value === undefined) return reject('undecodable')
    // [reject] a column on another column's topic.
    if (topic.kind === 'column' && (value as Column).index !== topic.column) return reject('wrong-topic')
    return handle.call(handlers, value as never, message.from)
  }

  return {
    get pending() {
      return all.count
    },
    receive(message) {
      const topic = components.topics.get(message.topic)
      if (topic === undefined) return components.report(message, 'ignore')
      const size = message.data.length
      metrics.count('weft_network_gossip_bytes_total', size, { topic: topic.kind })
      const own = peers.get(message.from) ?? { count: 0, bytes: 0 }
      // [ignore] more under validation than the limits allow.
      const full = faultOf(all, size, limits.pendingValidations, limits.pendingBytes)
      if (full !== undefined) {
        components.onLimit(full === 'count' ? 'pendingValidations' : 'pendingBytes')
        return settle(message, topic, ignore('queue-full'))
      }
      const ownFull = faultOf(own, size, limits.pendingValidationsPerPeer, limits.pendingBytesPerPeer)
      if (ownFull !== undefined) {
        components.onLimit(ownFull === 'count' ? 'pendingValidationsPerPeer' : 'pendingBytesPerPeer')
        return settle(message, topic, ignore('queue-full-peer'))
      }
      peers.set(message.from, own)
      for (const pending of [all, own]) {
        pending.count++
        pending.bytes += size
      }
      const startMs = performance.now()
      const leave = () => {
        for (const pending of [all, own]) {
          pending.count--
          pending.bytes -= size
        }
        if (own.count === 0) peers.delete(message.from)
      }
      const work = () => {
        const judging = judgeUnlessBanned(message, topic).catch((error: unknown): Verdict => {
          log.error({ topic: topic.kind, error: messageOf(error) }, 'a gossip handler failed')
          return ignore('handler-error')
        })
        beforeDeadline(judging, limits.validationTimeoutMs)
          .then((inTime) => {
            if (inTime === undefined) {
              // What is late is answered now, and keeps its place while it is worked on.
              components.onLimit('validationTimeoutMs')
              void beforeDeadline(judging, LATE_TIMEOUTS * limits.validationTimeoutMs).then(leave)
            } else leave()
            // [ignore] not judged in time.
            settle(message, topic, inTime ?? ignore('timeout'))
            metrics.observe('weft_network_validation_seconds', (performance.now() - startMs) / 1_000, {
              topic: topic.kind,
            })
          })
          .catch((error: unknown) =>
            log.error({ error: messageOf(error) }, 'a verdict could not be reported'),
          )
      }
      queue.push(message.from, work)
    },
  }
}

const faultOf = (
  { count, bytes }: Pending,
  size: number,
  mostCount: number,
  mostBytes: number,
): 'count' | 'bytes' | undefined => {
  if (count >= mostCount) return 'count'
  return bytes + size > mostBytes ? 'bytes' : undefined
}

/** Codes of rejects that this file gives itself; those of handlers are all `reject` to the points. */
const ownCodes: ReadonlySet<string> = new Set(['undecodable', 'wrong-topic'])

interface Kindly {
  readonly type: Codec<unknown>
  readonly maxBytes: number
  readonly handle: (value: never, from: string) => Promise<Verdict>
}

const kindly = <T>(
  type: Codec<T>,
  handle: (value: T, from: string) => Promise<Verdict>,
  maxBytes: number,
): Kindly => ({ type: type as Codec<unknown>, maxBytes, handle: handle as Kindly['handle'] })

/** What a promise that never rejects resolves with, undefined where that takes longer. */
const beforeDeadline = async <T>(work: Promise<T>, timeoutMs: number): Promise<T | undefined> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, undefined)
    // Nothing that has ended waits for it.
    ;(timer as { unref?(): void }).unref?.()
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
