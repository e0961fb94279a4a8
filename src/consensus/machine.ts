// Simplex (Chan and Pass, 2023) as a pure state machine: inputs with the time they happened, outputs in the order in
// which the host carries them out (types.ts). The same inputs give the same outputs; there is no clock, no randomness
// and no I/O, so that test/consensus can run thousands of schedules. It is one long file because its rules share one
// state and are read against each other; what needs no state lies beside it.
//
// A height ends with a notarise certificate (it has a block) or a nil certificate. A validator notarises the first
// block that it holds whole and whose parent the certificates allow; it signs nil when the height's time is up, and
// finalize when the block that it holds has its notarise certificate and it never signed nil there. Nil and finalize
// of a third of honest weight exclude each other, so a finalized block's height is nil nowhere, and every later block
// has to stand on it.
//
// Timers of a height, from entering it (height 1 not before genesis's timestamp), with k nil heights directly below:
//   pause    k = 0: max(blockIntervalMs, idleIntervalMs); k > 0: blockIntervalMs
//   timeout  min(maxTimeoutMs, timeoutMs * 2^k)
//   nil      after pause + timeout, because a leader with nothing to include proposes only after the pause
//   resend   every resendMs after that: votes, certificates, questions; whatever a partition swallowed comes again
// A leader with blobs proposes as soon as its clock shows blockIntervalMs above the parent's timestamp, and at most
// blockIntervalMs after it entered the height. Its timestamp is its clock, forced above the parent's and to at most
// 60,000 ms per height above it.

import { createBoundedMap } from '../base/bounded-map.ts'
import { equal, toHex } from '../base/bytes.ts'
import type { Certificate, Vote } from '../chain/containers.ts'
import { leaderOf } from '../chain/leader.ts'
import type { SigningRecord } from '../chain/ports.ts'
import { sumOf } from '../chain/quorum.ts'
import { KIND, type VoteKind } from '../chain/signing.ts'
import { nilDelayAfter } from '../chain/timeouts.ts'
import { MAX_VOTE_LEAD } from '../chain/vote-rules.ts'
import { faultOfCertificate } from './faults.ts'
import { blockAt, createHeights, type HeightState, MAX_BLOCKS_PER_HEIGHT } from './height-state.ts'
import { judgeParent, nilHeightsBelow } from './parents.ts'
import { checkFollows, votesOf } from './record.ts'
import { countVote } from './tally.ts'
import { dueAfter, timestampOf, turnOf } from './turn.ts'
import type {
  BlockFacts,
  CertificateKey,
  Consensus,
  ConsensusComponents,
  ConsensusInit,
  ConsensusInput,
  ConsensusOutput,
  FinalBlock,
} from './types.ts'

/** Heights below the current one whose votes are still counted, sent again, and whose blocks are asked for again. */
const LATE_HEIGHTS = MAX_VOTE_LEAD
/** Certificates are asked for at most this often, however often something hints at being behind. */
const ASK_EVERY_MS = 1_000
/** Roots of restored blocks whose header has not come yet. */
const MAX_AVAILABLE_EARLY = 64

type Input<Type extends ConsensusInput['type']> = Extract<ConsensusInput, { type: Type }>

/** A machine that waits for its `start`. */
export const createConsensus = (init: ConsensusInit, { aggregate }: ConsensusComponents): Consensus => {
  const { validator, weights } = init
  const resendMs = init.resendMs ?? init.timeoutMs
  const tallyInit = { weights, totalWeight: sumOf(weights), aggregate }
  const heights = createHeights()
  const availableEarly = createBoundedMap<string, true>(MAX_AVAILABLE_EARLY)
  let outputs: ConsensusOutput[] = []
  let final: FinalBlock = { height: 0, root: new Uint8Array(32), timestamp: undefined }
  let height = 0
  let enteredAt = 0
  let nilAt = 0
  let resendAt = 0
  let askedAt = Number.NEGATIVE_INFINITY
  let blobsWaiting = false
  let building = false
  let halted = false
  /** Below it nothing new is signed, and nothing is proposed. */
  let signsFrom = 0
  let timerAt: number | undefined
  let now = 0

  const step = (at: number, input: ConsensusInput): readonly ConsensusOutput[] => {
    if (at < now) followClockBack(now - at)
    now = at
    outputs = []
    if (height === 0 && input.type !== 'start') return []
    switch (input.type) {
      case 'start':
        start(input)
        break
      case 'proposal':
        learnBlock(input.root, input.header)
        break
      case 'available':
        learnAvailable(input.root)
        break
      case 'built':
        propose(input)
        break
      case 'vote':
        learnVote(input.vote)
        break
      case 'certificate':
        learnCertificate(input.certificate, 'received')
        break
      case 'signs-from':
        signsFrom = input.height
        for (const state of heights.all()) finalizeIfDue(state)
        break
      case 'blobs-waiting':
        blobsWaiting = input.waiting
        break
      case 'tick':
        timerAt = undefined
        break
    }
    advance()
    doDuties()
    setTimer()
    return outputs
  }

  /** A clock that is set back must not make the height last longer; one that is set forward only makes it shorter. */
  const followClockBack = (byMs: number): void => {
    enteredAt -= byMs
    nilAt -= byMs
    resendAt -= byMs
    askedAt -= byMs
  }

  // ---- inputs ----

  const start = (input: Input<'start'>): void => {
    if (height !== 0) throw new RangeError('expected one start, got a second')
    final = input.final
    signsFrom = input.signsFrom ?? 0
    height = final.height + 1
    for (const record of input.records) {
      if (record.height > final.height) heights.at(record.height).record = record
    }
    for (const certificate of input.certificates) learnCertificate(certificate, 'restored')
    // The height first: blocks far above it are not taken, and after a row of nil heights it is far above the final one.
    while (isOver(height)) height++
    for (const { root, header, available } of input.blocks) {
      learnBlock(root, header)
      if (available) learnAvailable(root)
    }
    enter(height)
    for (const state of heights.all()) wantBlock(state)
    wantFinalHeader()
    signAgain()
  }

  const learnBlock = (root: Uint8Array, header: BlockFacts): void => {
    if (final.timestamp === undefined && header.height === final.height && equal(root, final.root))
      final = { ...final, timestamp: header.timestamp }
    if (header.height <= final.height) return
    const state = heights.find(header.height)
    const certified = state?.notarised !== undefined && equal(state.notarised, root)
    if (!certified && header.height > height + MAX_VOTE_LEAD) {
      askIfBehind(header.height)
      return
    }
    const { blocks } = heights.at(header.height)
    const key = toHex(root)
    if (blocks.has(key) || (!certified && blocks.size >= MAX_BLOCKS_PER_HEIGHT)) return
    blocks.set(key, { root, header, available: availableEarly.delete(key) })
    finalizeIfDue(heights.at(header.height))
  }

  const learnAvailable = (root: Uint8Array): void => {
    for (const state of heights.all()) {
      const block = blockAt(state, root)
      if (block === undefined) continue
      block.available = true
      finalizeIfDue(state)
      return
    }
    // The block was restored before its header could be judged against its parent.
    availableEarly.set(toHex(root), true)
  }

  const learnVote = (vote: Vote): void => {
    if (vote.height <= final.height || vote.height < height - LATE_HEIGHTS) return
    if (vote.height > height + 1) askIfBehind(vote.height)
    if (vote.height > height + MAX_VOTE_LEAD) return
    const state = heights.at(vote.height)
    if (hasCertificate(state, vote.kind)) return
    const { certificate, contradicted } = countVote(state, vote, tallyInit)
    if (contradicted !== undefined)
      outputs.push({ type: 'evidence', validator: vote.validator, first: contradicted, second: vote })
    if (certificate !== undefined) learnCertificate(certificate, 'formed')
  }

  const learnCertificate = (certificate: Certificate, origin: 'formed' | 'received' | 'restored'): void => {
    const { kind, root } = certificate
    const fault = faultOfCertificate(certificate, heights, final)
    if (fault !== undefined) {
      halted = true
      outputs.push({ type: 'fault', height: certificate.height, reason: fault })
      return
    }
    if (certificate.height <= final.height) return
    const state = heights.at(certificate.height)
    if (hasCertificate(state, kind)) return
    if (origin !== 'restored') outputs.push({ type: 'certificate', certificate, formed: origin === 'formed' })
    state.votes.delete(kind as VoteKind)
    if (kind === KIND.nil) state.nil = true
    if (kind === KIND.notarise) {
      state.notarised = root
      if (origin !== 'restored') wantBlock(state)
      finalizeIfDue(state)
    }
    if (kind === KIND.finalize) {
      becomeFinal(certificate.height, root)
      if (origin !== 'restored') wantFinalHeader()
    }
    if (certificate.height > height) askIfBehind(certificate.height)
  }

  const becomeFinal = (at: number, root: Uint8Array): void => {
    const header = blockAt(heights.find(at), root)?.header
    final = { height: at, root, timestamp: header?.timestamp }
    heights.dropTo(at)
    outputs.push({ type: 'final', height: at, root })
  }

  // ---- heights ----

  const isOver = (at: number): boolean => {
    if (at <= final.height) return true
    const state = heights.find(at)
    return state !== undefined && (state.nil || state.notarised !== undefined)
  }

  const advance = (): void => {
    if (!isOver(height)) return
    while (isOver(height)) height++
    enter(height)
  }

  const enter = (at: number): void => {
    const nilHeights = nilHeightsBelow(at, heights, final)
    // Later heights are there because others have begun, whatever the own clock says.
    enteredAt = at === 1 ? Math.max(now, init.genesisTimestamp) : now
    nilAt = enteredAt + nilDelayAfter(init, nilHeights)
    resendAt = nilAt + resendMs
    building = false
    for (const state of heights.all()) if (state.height < at - LATE_HEIGHTS) state.votes.clear()
    outputs.push({ type: 'enter', height: at, nilAt })
    if (leads(at + 1)) outputs.push({ type: 'prepare', height: at + 1 })
  }

  const leads = (at: number): boolean =>
    validator !== undefined && !halted && leaderOf(at, weights.length) === validator

  // ---- duties ----

  const doDuties = (): void => {
    const state = heights.at(height)
    notariseIfDue(state)
    if (isNilDue(state) && now >= nilAt) sign(state, { nil: true })
    const dueAt = buildDueAt(state)
    if (dueAt !== undefined && now >= dueAt) build()
    if (now >= resendAt) resend(state)
  }

  const notariseIfDue = (state: HeightState): void => {
    if (!mayNotarise(state)) return
    for (const block of state.blocks.values()) {
      const parent = judgeParent(block.header, heights, final)
      if (parent === 'unknown') ask(Math.max(block.header.parentHeight, final.height + 1), height - 1)
      if (parent !== 'allowed' || !block.available) continue
      // At a height that it leads this is the own block, stored before a crash and never published.
      if (leads(height)) sign(state, { proposed: block.root, notarised: block.root }, block.root)
      else sign(state, { notarised: block.root })
      return
    }
  }

  /** Who led may notarise its own block only; who gave a height up notarises nothing there any more. */
  const mayNotarise = ({ record }: HeightState): boolean =>
    validator !== undefined &&
    !halted &&
    record.height >= signsFrom &&
    record.notarised === undefined &&
    record.proposed === undefined &&
    !record.nil

  const isNilDue = ({ record }: HeightState): boolean =>
    validator !== undefined &&
    !halted &&
    record.height >= signsFrom &&
    !record.nil &&
    record.finalized === undefined

  /** Signs finalize, and notarise before it where that is missing, as soon and as late as the rules allow. */
  const finalizeIfDue = (state: HeightState): void => {
    const { record, notarised: root } = state
    if (validator === undefined || halted || root === undefined || state.nil) return
    if (record.height < signsFrom) return
    if (record.nil || record.finalized !== undefined) return
    if (record.notarised !== undefined && !equal(record.notarised, root)) return
    if (record.proposed !== undefined && !equal(record.proposed, root)) return
    if (blockAt(state, root)?.available !== true) return
    sign(state, { notarised: root, finalized: root })
  }

  const sign = (
    state: HeightState,
    change: Partial<Omit<SigningRecord, 'height'>>,
    proposal?: Uint8Array,
  ): void => {
    const before = state.record
    const record: SigningRecord = { ...before, ...change }
    checkFollows(before, record)
    state.record = record
    const signed = votesOf(before).map(({ kind }) => kind)
    const votes = votesOf(record).filter(({ kind }) => !signed.includes(kind))
    outputs.push({ type: 'sign', record, votes, ...(proposal !== undefined && { proposal }) })
  }

  // ---- the own block ----

  /** When the own block of this height is to be built; undefined where none is. */
  const buildDueAt = (state: HeightState): number | undefined => {
    // A block of a height that it leads is its own: there must not be a second one.
    if (building || !leads(height) || !mayNotarise(state) || state.blocks.size > 0) return undefined
    const turn = turnOf(height, heights, final)
    if (turn === undefined) return undefined
    return dueAfter(init, turn, enteredAt, blobsWaiting, nilHeightsBelow(height, heights, final))
  }

  const build = (): void => {
    const turn = turnOf(height, heights, final)
    if (turn === undefined) return
    const { parentHeight, parentRoot } = turn
    building = true
    const timestamp = timestampOf(now, height, turn)
    outputs.push({ type: 'build', height, parentHeight, parentRoot, timestamp })
  }

  const propose = ({ root, header }: Input<'built'>): void => {
    const state = heights.find(header.height)
    const inTime =
      state !== undefined &&
      header.height === height &&
      leads(height) &&
      mayNotarise(state) &&
      judgeParent(header, heights, final) === 'allowed'
    if (!inTime) {
      outputs.push({ type: 'discard', height: header.height, root })
      return
    }
    state.blocks.set(toHex(root), { root, header, available: true })
    sign(state, { proposed: root, notarised: root }, root)
  }

  // ---- again ----

  /** After a restart: what records stand for may never have left. Signatures are deterministic, so nothing doubles. */
  const signAgain = (): void => {
    if (validator === undefined) return
    for (const state of lateStates()) {
      const votes = votesOf(state.record)
      if (votes.length > 0) outputs.push({ type: 'sign', record: state.record, votes })
      finalizeIfDue(state)
    }
    resendProposal(heights.at(height))
  }

  const resend = (state: HeightState): void => {
    resendAt = now + resendMs
    const votes = lateStates().flatMap(({ record }) => votesOf(record))
    if (votes.length > 0 && !halted) outputs.push({ type: 'resend', votes })
    resendProposal(state)
    outputs.push({ type: 'resend-certificates', certificates: reasonsForHeight() })
    ask(final.height + 1, undefined)
    for (const late of lateStates()) wantBlock(late)
    wantFinalHeader()
  }

  const resendProposal = ({ record }: HeightState): void => {
    if (record.proposed !== undefined && validator !== undefined)
      outputs.push({ type: 'resend-proposal', height: record.height, root: record.proposed })
  }

  /** The states of the current height and the few below it that are not final, ascending. */
  const lateStates = (): readonly HeightState[] =>
    [...heights.all()]
      .filter((state) => state.height <= height && state.height >= height - LATE_HEIGHTS)
      .sort((a, b) => a.height - b.height)

  const reasonsForHeight = (): readonly CertificateKey[] => [
    ...(final.height > 0 ? [{ kind: KIND.finalize, height: final.height }] : []),
    ...lateStates().flatMap((state) => [
      ...(state.notarised !== undefined ? [{ kind: KIND.notarise, height: state.height }] : []),
      ...(state.nil ? [{ kind: KIND.nil, height: state.height }] : []),
    ]),
  ]

  const wantBlock = (state: HeightState): void => {
    const { notarised: root } = state
    if (root === undefined) return
    const block = blockAt(state, root)
    if (block === undefined) outputs.push({ type: 'want-block', height: state.height, root, part: 'header' })
    if (validator !== undefined && block?.available !== true)
      outputs.push({ type: 'want-block', height: state.height, root, part: 'data' })
  }

  /** Without the final block's timestamp nothing can be built on it. */
  const wantFinalHeader = (): void => {
    if (final.timestamp === undefined)
      outputs.push({ type: 'want-block', height: final.height, root: final.root, part: 'header' })
  }

  /** Something of a higher height was seen: ask for the certificates that lead there. */
  const askIfBehind = (seen: number): void => {
    if (seen > height) ask(height, undefined)
  }

  const ask = (from: number, to: number | undefined): void => {
    if (now - askedAt < ASK_EVERY_MS) return
    askedAt = now
    outputs.push({ type: 'want-certificates', start: from, end: to })
  }

  const setTimer = (): void => {
    const state = heights.at(height)
    const dueAt = buildDueAt(state)
    const times = [resendAt, ...(isNilDue(state) ? [nilAt] : []), ...(dueAt === undefined ? [] : [dueAt])]
    const next = Math.min(...times)
    if (next === timerAt) return
    timerAt = next
    outputs.push({ type: 'timer', at: next })
  }

  return {
    get height() {
      return height
    },
    get final() {
      return final
    },
    step,
  }
}

const hasCertificate = (state: HeightState, kind: number): boolean =>
  (kind === KIND.nil && state.nil) || (kind === KIND.notarise && state.notarised !== undefined)
