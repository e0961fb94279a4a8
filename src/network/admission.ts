// Who may ask us something now: concurrency and rates, of each peer and in all. What one peer may cost is remembered
// beyond its connection, so that reconnecting does not refill its buckets.

import { createBoundedMap } from '../base/bounded-map.ts'
import { createByteRoom } from '../base/byte-room.ts'
import { sleep } from '../base/deadline.ts'
import type { LimitName, NetworkLimits, OnLimit } from './limits.ts'
import type { StreamName } from './names.ts'
import { createTokenBucket, type TokenBucket } from './token-bucket.ts'

export type AdmissionLimits = Pick<
  NetworkLimits,
  | 'inboundRequests'
  | 'inboundRequestsPerPeer'
  | 'inboundSubmissions'
  | 'inboundRequestBytes'
  | 'requestsPerSecondPerPeer'
  | 'requestsBurstPerPeer'
  | 'requestsPerSecond'
  | 'requestsBurst'
  | 'answerBytesPerSecondPerPeer'
  | 'answerBytesBurstPerPeer'
  | 'answerBytesPerSecond'
  | 'answerBytesBurst'
>

/** Which limit stood in the way. */
export type Refusal = 'concurrency' | 'concurrency-peer' | 'rate' | 'rate-peer'

/** The limit behind a refusal of a stream. */
export const limitOfRefusal = (refusal: Refusal, stream: StreamName): LimitName => {
  if (refusal === 'rate') return 'requestsPerSecond'
  if (refusal === 'rate-peer') return 'requestsPerSecondPerPeer'
  if (refusal === 'concurrency-peer') return 'inboundRequestsPerPeer'
  return stream === 'submit' ? 'inboundSubmissions' : 'inboundRequests'
}

export interface Ticket {
  /** Waits until there is room for a request of so many bytes, until its place is given back. */
  hold(bytes: number, signal: AbortSignal): Promise<void>
  /** Waits until `bytes` more may be sent to this peer. */
  spend(bytes: number, signal: AbortSignal): Promise<void>
  /** Gives the place back; further calls do nothing. */
  leave(): void
}

export interface Admission {
  readonly active: number
  enter(peer: string, stream: StreamName): Ticket | Refusal
}

interface PeerState {
  active: number
  readonly requests: TokenBucket
  readonly bytes: TokenBucket
}

const REMEMBERED_PEERS = 1_024
/** Requests below it wait for no room: all but large submissions. */
const UNCOUNTED_BYTES = 2 ** 20

export const createAdmission = (limits: AdmissionLimits, onLimit: OnLimit = () => {}): Admission => {
  const peers = createBoundedMap<string, PeerState>(REMEMBERED_PEERS)
  const requests = createTokenBucket(limits.requestsPerSecond, limits.requestsBurst)
  const bytes = createTokenBucket(limits.answerBytesPerSecond, limits.answerBytesBurst)
  const room = createByteRoom(limits.inboundRequestBytes)
  let active = 0
  let submissions = 0

  const stateOf = (peer: string): PeerState => {
    const known = peers.get(peer)
    if (known !== undefined) return known
    const state = {
      active: 0,
      requests: createTokenBucket(limits.requestsPerSecondPerPeer, limits.requestsBurstPerPeer),
      bytes: createTokenBucket(limits.answerBytesPerSecondPerPeer, limits.answerBytesBurstPerPeer),
    }
    peers.set(peer, state)
    return state
  }

  return {
    get active() {
      return active
    },
    enter(peer, stream) {
      const state = stateOf(peer)
      if (!state.requests.take(1)) return 'rate-peer'
      if (state.active >= limits.inboundRequestsPerPeer) return 'concurrency-peer'
      if (active >= limits.inboundRequests) return 'concurrency'
      if (stream === 'submit' && submissions >= limits.inboundSubmissions) return 'concurrency'
      if (!requests.take(1)) return 'rate'
      state.active++
      active++
      if (stream === 'submit') submissions++
      let inside = true
      let leaveRoom = () => {}
      return {
        async hold(amount, signal) {
          if (amount < UNCOUNTED_BYTES) return
          const entering = room.enter(amount, signal)
          if (room.waiting > 0) onLimit('inboundRequestBytes')
          const leave = await entering
          if (inside) leaveRoom = leave
          else leave()
        },
        async spend(amount, signal) {
          const ownMs = state.bytes.borrow(amount)
          const waitMs = Math.max(ownMs, bytes.borrow(amount))
          if (waitMs <= 0) return
          onLimit(ownMs > 0 ? 'answerBytesPerSecondPerPeer' : 'answerBytesPerSecond')
          await sleep(waitMs, signal)
        },
        leave() {
          if (!inside) return
          inside = false
          leaveRoom()
          state.active--
          active--
          if (stream === 'submit') submissions--
        },
      }
    },
  }
}
