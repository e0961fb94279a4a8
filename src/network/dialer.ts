// Keeps the connections that we want: bootnodes for ever, with a backoff; all validators if we are one, else a few of
// them; others that were discovered while we have fewer than we aim for. One dial at a time per peer, a few in all.

import { createBoundedMap } from '../base/bounded-map.ts'
import { deadline } from '../base/deadline.ts'
import type { Logger } from '../base/log.ts'
import type { NetworkLimits } from './limits.ts'

export interface DialTarget {
  /** Peer id in text form. */
  readonly peer: string
  /** Multiaddrs with the peer id; none: whatever addresses libp2p has learnt. */
  readonly addresses: readonly string[]
  /** A validator of which any other would do: only VALIDATOR_LINKS of these are kept. */
  readonly isOneOfMany: boolean
}

export interface DialerComponents {
  readonly log: Logger
  dial(target: DialTarget, signal: AbortSignal): Promise<void>
  isConnected(peer: string): boolean
  isBanned(peer: string): boolean
  /** Whether libp2p knows an address of the peer. */
  knowsAddress(peer: string): Promise<boolean>
  connections(): number
}

export interface Dialer {
  start(): void
  stop(): void
  /** A peer that something (Kademlia, other peers) has found. */
  discovered(peer: string): void
  /** Goes for so many connections; undefined: for `targetPeers` again. */
  widen(connections: number | undefined): void
  /** A peer that is not dialled again until it is discovered anew. Whether it may be let go: it is no target. */
  forget(peer: string): boolean
}

export type DialerLimits = Pick<NetworkLimits, 'targetPeers' | 'redialMinMs' | 'redialMaxMs'>

/**
 * Validators that a node without a key keeps: with all of them, the first hundred nodes would have every validator, and
 * the others none (docs/scale.md). With five a thousand nodes still want more places than 64 validators have.
 * With less than a third of the validators hostile, all three are in up to one case of 27: then only bootnodes and peers that
 * were discovered are left to hear from, and the light node's rules for who is believed do the rest.
 */
const VALIDATOR_LINKS = 3
const TICK_MS = 250
const DIAL_TIMEOUT_MS = 10_000
const MAX_PARALLEL = 8
const CANDIDATES = 512

interface Attempt {
  failures: number
  dueMs: number
  dialling: boolean
}

export const createDialer = (
  limits: DialerLimits,
  targets: readonly DialTarget[],
  components: DialerComponents,
): Dialer => {
  const attempts = new Map<string, Attempt>()
  const candidates = createBoundedMap<string, Attempt>(CANDIDATES)
  let timer: ReturnType<typeof setInterval> | undefined
  let abort = new AbortController()
  let dialling = 0
  let wanted = limits.targetPeers

  const attempt = async (target: DialTarget, state: Attempt): Promise<void> => {
    state.dialling = true
    dialling++
    try {
      if (target.addresses.length === 0 && !(await components.knowsAddress(target.peer)))
        throw new Error('no address is known')
      await components.dial(target, deadline(DIAL_TIMEOUT_MS, abort.signal))
      state.failures = 0
    } catch (error) {
      state.failures++
      components.log.debug({ peer: target.peer, error, failures: state.failures }, 'dialling failed')
    } finally {
      state.dialling = false
      dialling--
      const backoff = Math.min(limits.redialMinMs * 2 ** Math.min(state.failures, 16), limits.redialMaxMs)
      // Half of the wait is random, so that a network that restarts does not dial in step.
      state.dueMs = performance.now() + backoff * (0.5 + Math.random() / 2)
    }
  }

  const due = (peer: string, state: Attempt): boolean =>
    !state.dialling &&
    dialling < MAX_PARALLEL &&
    performance.now() >= state.dueMs &&
    !components.isConnected(peer) &&
    !components.isBanned(peer)

  const tick = () => {
    let links = targets.filter(
      ({ peer, isOneOfMany }) =>
        isOneOfMany && (components.isConnected(peer) || attempts.get(peer)?.dialling === true),
    ).length
    for (const target of targets) {
      const state = attempts.get(target.peer) ?? { failures: 0, dueMs: 0, dialling: false }
      attempts.set(target.peer, state)
      if (!due(target.peer, state) || (target.isOneOfMany && links >= VALIDATOR_LINKS)) continue
      if (target.isOneOfMany) links++
      void attempt(target, state)
    }
    for (const [peer, state] of [...candidates.entries()]) {
      if (components.connections() + dialling >= wanted) return
      if (state.failures > 3) candidates.delete(peer)
      else if (due(peer, state)) void attempt({ peer, addresses: [], isOneOfMany: false }, state)
    }
  }

  return {
    start() {
      if (timer !== undefined) return
      abort = new AbortController()
      timer = setInterval(tick, TICK_MS)
      tick()
    },
    stop() {
      clearInterval(timer)
      timer = undefined
      abort.abort(new Error('the network stops'))
    },
    discovered(peer) {
      if (!attempts.has(peer) && !candidates.has(peer))
        candidates.set(peer, { failures: 0, dueMs: 0, dialling: false })
    },
    widen(connections) {
      wanted = Math.max(limits.targetPeers, connections ?? 0)
    },
    forget(peer) {
      candidates.delete(peer)
      return !attempts.has(peer)
    },
  }
}
