// Drives the consensus machine: feeds it what happens, one input after the other, and carries out what it says, in
// order, each output finished before the next. Encoding, fetching and making blocks final take long and go on beside;
// they come back as inputs.

import { createBoundedMap } from '../base/bounded-map.ts'
import { toHex } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import { messageOf, WeftError } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Certificate, Vote } from '../chain/containers.ts'
import type { CertificateStore, Network, SigningRecord } from '../chain/ports.ts'
import { KIND, kindName } from '../chain/signing.ts'
import type { Consensus, ConsensusInput, ConsensusOutput, VoteIntent } from '../consensus/types.ts'
import type { EventHub } from './events.ts'
import type { NodeEvent } from './types.ts'

export interface ConsensusHostComponents {
  readonly consensus: Consensus
  readonly store: Pick<CertificateStore, 'putCertificate' | 'getCertificate'>
  readonly network: Pick<Network, 'publish'>
  /** Syncs the record, then signs: nothing leaves that is not on disk. Absent on a node that only follows. */
  readonly sign?:
    | ((
        record: SigningRecord | undefined,
        votes: readonly VoteIntent[],
      ) => Promise<readonly Vote[] | undefined>)
    | undefined
  readonly publishBlock: (root: Uint8Array) => Promise<void>
  /** A height begins, before anything of it is said. */
  readonly onEnter: (height: number) => void
  readonly onPrepare: (height: number) => void
  readonly onBuild: (turn: Extract<ConsensusOutput, { type: 'build' }>) => void
  readonly onDiscard: (root: Uint8Array) => void
  readonly onFinal: (height: number, root: Uint8Array) => void
  readonly onWantBlock: (height: number, root: Uint8Array, part: 'header' | 'data') => void
  readonly onWantCertificates: (start: number, end: number | undefined) => void
  /** Whether others may still want to hear of a certificate that came from elsewhere, at this height. */
  readonly isOfInterest: (height: number) => boolean
  /** The disk failed or the machine found a fault: the node must not go on signing. */
  readonly onFatal: (error: unknown) => void
  readonly events: EventHub
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
}

export interface ConsensusHost {
  readonly height: number
  /** When the current height is given up, in milliseconds since the epoch. */
  readonly nilAt: number
  feed(input: ConsensusInput): void
  stop(): void
}

/** Inputs that wait; beyond it votes are dropped, which others resend. */
const MAX_WAITING = 8_192
const MAX_ABSTAINED = 256

export const createConsensusHost = (components: ConsensusHostComponents): ConsensusHost => {
  const { consensus, store, network, events, clock, log, metrics } = components
  const waiting: ConsensusInput[] = []
  /** Heights below the floor of what may be signed: the machine believes that it signed there. */
  const abstained = createBoundedMap<number, true>(MAX_ABSTAINED)
  let timer: NodeJS.Timeout | undefined
  let busy = false
  let stopped = false
  let nilAt = Number.POSITIVE_INFINITY

  const feed = (input: ConsensusInput): void => {
    if (stopped) return
    if (waiting.length >= MAX_WAITING && input.type === 'vote') {
      metrics.count('weft_consensus_inputs_dropped_total')
      return
    }
    waiting.push(input)
    if (busy) return
    busy = true
    void run()
  }

  const run = async (): Promise<void> => {
    try {
      for (let input = waiting.shift(); input !== undefined && !stopped; input = waiting.shift()) {
        for (const output of consensus.step(clock.now(), input)) {
          if (stopped) return
          await carryOut(output)
        }
      }
    } catch (error) {
      if (stopped) return
      stopped = true
      log.error({ reason: messageOf(error) }, 'consensus stopped: an output could not be carried out')
      components.onFatal(error)
    } finally {
      busy = false
    }
  }

  const carryOut = async (output: ConsensusOutput): Promise<void> => {
    switch (output.type) {
      case 'sign':
        return sign(output)
      case 'resend':
        return publishVotes((await components.sign?.(undefined, output.votes)) ?? [], false)
      case 'resend-proposal':
        if (abstained.has(output.height)) return
        return beside('publishing the own block again', components.publishBlock(output.root))
      case 'certificate':
        return certificate(output.certificate, output.formed)
      case 'resend-certificates':
        for (const { kind, height } of output.certificates) {
          const stored = await store.getCertificate(kind, height)
          if (stored !== undefined) await publishing(network.publish.certificate(stored))
        }
        return
      case 'prepare':
        return components.onPrepare(output.height)
      case 'build':
        return components.onBuild(output)
      case 'discard':
        return components.onDiscard(output.root)
      case 'enter':
        nilAt = output.nilAt
        metrics.gauge('weft_consensus_height', output.height)
        components.onEnter(output.height)
        return
      case 'final':
        return components.onFinal(output.height, output.root)
      case 'want-block':
        return components.onWantBlock(output.height, output.root, output.part)
      case 'want-certificates':
        return components.onWantCertificates(output.start, output.end)
      case 'evidence':
        metrics.count('weft_consensus_evidence_total')
        log.warn(
          { validator: output.validator, height: output.first.height },
          'a validator signed contradicting votes',
        )
        return
      case 'fault':
        metrics.count('weft_consensus_evidence_total')
        throw new WeftError(
          'chain-broken',
          `certificates of height ${output.height} exclude each other (${output.reason}): a third or more of the weight signed both, and no node can tell which chain is right; docs/recovery.md says what to do`,
          { height: output.height },
        )
      case 'timer':
        return setTimer(output.at)
    }
  }

  const sign = async (output: Extract<ConsensusOutput, { type: 'sign' }>): Promise<void> => {
    if (components.sign === undefined) return
    const votes = await components.sign(output.record, output.votes)
    // Below the floor of what may be signed: as if it had been lost on the way.
    if (votes === undefined) return void abstained.set(output.record.height, true)
    if (output.proposal !== undefined)
      beside('publishing the own block', components.publishBlock(output.proposal))
    await publishVotes(votes, true)
  }

  const publishVotes = async (votes: readonly Vote[], feedBack: boolean): Promise<void> => {
    for (const vote of votes) {
      if (feedBack) waiting.push({ type: 'vote', vote })
      await publishing(network.publish.vote(vote))
      if (feedBack) {
        events.emit({ type: 'vote', kind: voteKind(vote.kind), height: vote.height, root: toHex(vote.root) })
      }
    }
  }

  const certificate = async (value: Certificate, formed: boolean): Promise<void> => {
    await store.putCertificate(value)
    metrics.count('weft_certificates_total', 1, { kind: kindName[value.kind] ?? 'unknown' })
    events.emit({
      type: 'certificate',
      kind: voteKind(value.kind),
      height: value.height,
      root: toHex(value.root),
      signers: value.signers.getTrueBitIndexes().length,
    })
    // Who catches up by thousands would flood peers that are far beyond them, and be cut off for it.
    if (formed || components.isOfInterest(value.height)) await publishing(network.publish.certificate(value))
  }

  /** A publication that fails is not the machine's business: others ask, and what matters is sent again. */
  const publishing = async (publication: Promise<number>): Promise<void> => {
    await publication.catch((error: unknown) => log.debug({ reason: messageOf(error) }, 'publishing failed'))
  }

  const beside = (what: string, work: Promise<void>): void => {
    work.catch((error: unknown) => {
      if (!stopped) log.warn({ reason: messageOf(error) }, `${what} failed`)
    })
  }

  const setTimer = (atMs: number): void => {
    clearTimeout(timer)
    // setTimeout counts in 31 bits; a longer wait is cut, and an early tick does no harm.
    const delayMs = Math.min(Math.max(0, atMs - clock.now()), 0x7fff_ffff)
    timer = setTimeout(() => feed({ type: 'tick' }), delayMs)
  }

  return {
    get height() {
      return consensus.height
    },
    get nilAt() {
      return nilAt
    },
    feed,
    stop() {
      stopped = true
      clearTimeout(timer)
      waiting.length = 0
    },
  }
}

const voteKind = (kind: number): Extract<NodeEvent, { type: 'vote' }>['kind'] =>
  kind === KIND.notarise ? 'notarise' : kind === KIND.nil ? 'nil' : 'finalize'
