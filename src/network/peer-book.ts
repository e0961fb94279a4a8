// What we know of the peers that we are connected to: their status, asked on connecting and then regularly; the columns
// that they keep; whether they are validators. A peer of another chain, or one that will not say, is disconnected.

import { equal } from '../base/bytes.ts'
import { deadline } from '../base/deadline.ts'
import { hasCode } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Status } from '../chain/containers.ts'
import { validatorCustody } from '../chain/custody.ts'
import { COLUMNS } from '../chain/limits.ts'
import type { Peer } from '../chain/ports.ts'
import type { NetworkLimits } from './limits.ts'

export interface PeerBookInit {
  /** 32 bytes. */
  readonly chainId: Uint8Array
  /** Peer ids of the validators in text form, in the order of genesis. */
  readonly validators: readonly string[]
  readonly limits: Pick<NetworkLimits, 'statusIntervalMs' | 'statusTimeoutMs'>
}

export interface PeerBookComponents {
  readonly log: Logger
  /** Columns of a full node, from its peer id's bytes and custody count. */
  custodyOf(peer: string, count: number): Iterable<number>
  status(peer: string, options: { readonly signal: AbortSignal }): Promise<Status>
  /** Disconnects, and keeps the peer away for a while. */
  ban(peer: string, reason: string): void
  penalize(peer: string, code: string): void
}

export interface PeerBook {
  connected(peer: string): void
  disconnected(peer: string): void
  peers(): readonly Peer[]
  /** Ends all asking. */
  close(): void
}

interface Entry {
  readonly abort: AbortController
  peer: Peer
  timer: ReturnType<typeof setTimeout> | undefined
  failures: number
}

/** Failed attempts in a row from which on each costs score, and much of it where there never was an answer. */
const PATIENCE = 3
const RETRY_MS = 1_000
/** A peer that keeps no columns and is no validator is asked so many times more rarely. */
const LIGHT_FACTOR = 6

export const createPeerBook = (init: PeerBookInit, components: PeerBookComponents): PeerBook => {
  const { limits, chainId } = init
  const places = new Map(init.validators.map((id, place) => [id, place]))
  const entries = new Map<string, Entry>()

  const custodyOf = (id: string, status: Status | undefined): ReadonlySet<number> => {
    const place = places.get(id)
    if (place !== undefined) return new Set(validatorCustody(place, places.size))
    if (status === undefined || status.custodyCount === 0) return new Set()
    return new Set(components.custodyOf(id, Math.min(status.custodyCount, COLUMNS)))
  }

  const refresh = async (id: string, entry: Entry): Promise<void> => {
    const signal = deadline(limits.statusTimeoutMs, entry.abort.signal)
    try {
      const status = await components.status(id, { signal })
      if (entries.get(id) !== entry) return
      if (!equal(status.chainId, chainId)) return components.ban(id, 'another chain')
      const sameCustody = entry.peer.status?.custodyCount === status.custodyCount
      const custody = sameCustody ? entry.peer.custody : custodyOf(id, status)
      entry.peer = { ...entry.peer, status, custody }
      entry.failures = 0
    } catch (error) {
      if (entries.get(id) !== entry || entry.abort.signal.aborted) return
      entry.failures++
      components.log.debug({ peer: id, error, failures: entry.failures }, 'a peer gave no status')
      // A peer without our status protocol is of another chain, or no node of ours at all.
      if (hasCode(error, 'unreachable') && error.data !== undefined && isForeign(error.data))
        return components.ban(id, 'no status protocol of this chain')
      // One that did answer before may only be busy.
      if (entry.failures >= PATIENCE)
        components.penalize(id, entry.peer.status === undefined ? 'no-status' : 'no-answer')
    }
    if (entries.get(id) !== entry) return
    // Of a light node nothing is wanted that its status would tell, and each question costs it half a kilobyte.
    const isLight = entry.peer.status?.custodyCount === 0 && !entry.peer.isValidator
    const restMs = limits.statusIntervalMs * (isLight ? LIGHT_FACTOR : 1)
    const waitMs = entry.failures > 0 ? RETRY_MS * entry.failures : restMs
    entry.timer = setTimeout(() => void refresh(id, entry), waitMs)
  }

  return {
    connected(id) {
      if (entries.has(id)) return
      const entry: Entry = {
        abort: new AbortController(),
        peer: { id, custody: custodyOf(id, undefined), isValidator: places.has(id) },
        timer: undefined,
        failures: 0,
      }
      entries.set(id, entry)
      void refresh(id, entry)
    },
    disconnected(id) {
      const entry = entries.get(id)
      if (entry === undefined) return
      entries.delete(id)
      clearTimeout(entry.timer)
      entry.abort.abort(new Error('disconnected'))
    },
    peers: () => [...entries.values()].map((entry) => entry.peer),
    close() {
      for (const id of [...entries.keys()]) this.disconnected(id)
    },
  }
}

const isForeign = (data: unknown): boolean =>
  typeof data === 'object' && data !== null && 'foreign' in data && data.foreign === true
