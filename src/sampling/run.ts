// One run over the drawn tiles of one block. Each tile is asked of one peer after the other until it comes and
// verifies, or the deadline does: a tile that fails is asked of other peers, then of the same again (a block spreads
// while it is sampled), and never replaced by another tile, because a node that draws anew until it succeeds lets
// every withheld block pass. The verdict is given as soon as it is certain.

import { anySignal } from '../base/deadline.ts'
import type { Announcement, Tile } from '../chain/containers.ts'
import type { Peer } from '../chain/ports.ts'
import type { TilePlace } from '../grid/block.ts'
import { type Answer, askPeer, checkAnswer } from './ask.ts'
import { createBundle } from './bundle.ts'
import { choosePeer, isServing, type PeerLoad } from './choose-peer.ts'
import type { Random } from './random.ts'
import { createSemaphore } from './semaphore.ts'
import type { TileChecker } from './tile-checker.ts'
import type { Timers } from './timers.ts'
import type { SamplerComponents, SamplerInit, TileFailure, TileOutcome } from './types.ts'

export interface RunInit
  extends Required<Omit<SamplerInit, 'maxBands' | 'failureProbability' | 'byteFactor' | 'drawSecret'>> {
  /** Most bytes of answers. */
  readonly maxBytes: number
}

export interface RunComponents extends Pick<SamplerComponents, 'peers' | 'request' | 'penalize'> {
  readonly checker: TileChecker
  readonly random: Random
  readonly timers: Timers
}

export interface RunResult {
  readonly outcomes: readonly TileOutcome[]
  readonly tiles: readonly Tile[]
  readonly bytes: number
}

const MAX_RETRY_MS = 2_000
/** Requests for one tile under way at once: the first and its hedges. */
const MAX_HEDGES = 3
/** How long tiles that came before the deadline may wait for our own check of them. */
const CHECK_GRACE_MS = 5_000

interface Wanted {
  readonly place: TilePlace
  readonly weightBytes: number
  readonly asked: string[]
  /** Peers asked since the last pause. */
  readonly tried: Set<string>
  /** Answers that came and are being checked. */
  checking: number
  /** Aborts the other requests when one has brought the tile. */
  readonly stop: AbortController
  last: TileFailure
  tile?: Tile
  settled: boolean
}

/**
 * Obtains `places` of a block. `known`: tiles that came in an earlier run. Rejects with the signal's reason if it
 * aborts; a deadline that passes is a result.
 */
export const runSampling = async (
  init: RunInit,
  components: RunComponents,
  block: { readonly root: Uint8Array; readonly announcement: Announcement },
  places: readonly (TilePlace & { readonly weightBytes: number })[],
  known: ReadonlyMap<TilePlace, Tile>,
  signal: AbortSignal,
  onOutcome: (outcome: TileOutcome) => void,
): Promise<RunResult> => {
  signal.throwIfAborted()
  const { peers, timers, random, checker, penalize } = components
  const loads = new Map<string, PeerLoad>()
  const banned = new Set<string>()
  const semaphore = createSemaphore(init.concurrency)
  const bundle = createBundle(block.root, components)
  const deadline = new AbortController()
  const done = new AbortController()
  /** Until the deadline: asking. Until the end of the run: checking. */
  const asking = anySignal([signal, deadline.signal, done.signal])
  /** Up to then it is waited for `minPeers` peers; afterwards those that are there are asked. */
  const patientUntil = timers.now() + init.deadlineMs / 2
  let bytes = 0
  let reservedBytes = 0

  const serving = (): readonly Peer[] => peers().filter(isServing)

  const note = (peer: string, change: (load: PeerLoad) => PeerLoad) =>
    loads.set(peer, change(loads.get(peer) ?? { asked: 0, stalled: 0 }))

  /** Asks one peer and checks what comes; whether the tile is there now. */
  const attempt = async (wanted: Wanted, peer: string): Promise<boolean> => {
    reservedBytes += wanted.weightBytes
    const end = anySignal([asking, wanted.stop.signal])
    let answer: Answer
    try {
      const place = { ...wanted.place, weightBytes: wanted.weightBytes }
      answer = await askPeer({ bundle, timers }, peer, place, init.requestTimeoutMs, end)
    } finally {
      reservedBytes -= wanted.weightBytes
    }
    bytes += answer.bytes
    if ('tile' in answer && !wanted.settled) {
      wanted.checking += 1
      answer = await checkAnswer(checker, block.announcement, answer)
      wanted.checking -= 1
    }
    if (wanted.settled) return true
    if ('tile' in answer) {
      wanted.tile = answer.tile
      settle(wanted)
      return true
    }
    // A request that we ended ourselves says nothing about the peer.
    if (asking.aborted && answer.failure === 'refused') return false
    wanted.last = answer.failure
    if (answer.failure === 'timeout') note(peer, (load) => ({ ...load, stalled: load.stalled + 1 }))
    if (answer.failure === 'wrong-tile') banned.add(peer)
    if (answer.code !== undefined) penalize(peer, answer.code)
    return false
  }

  const next = (wanted: Wanted): string | undefined => {
    const excluded = (id: string) => wanted.tried.has(id) || banned.has(id)
    const peer = choosePeer(
      serving(),
      { column: wanted.place.column, failed: wanted.asked.length },
      places.length,
      loads,
      excluded,
      random,
    )
    if (peer === undefined) return undefined
    wanted.tried.add(peer.id)
    if (!wanted.asked.includes(peer.id)) wanted.asked.push(peer.id)
    note(peer.id, (load) => ({ ...load, asked: load.asked + 1 }))
    return peer.id
  }

  const settle = (wanted: Wanted) => {
    if (wanted.settled) return
    wanted.settled = true
    wanted.stop.abort(new Error('expected no more answers for a tile that is there'))
    onOutcome(outcomeOf(wanted))
  }

  /** Resolves when the tile is there or can no longer come. */
  const obtain = async (wanted: Wanted): Promise<void> => {
    let pauseMs = init.retryMs
    const pause = async () => {
      await timers.sleep(pauseMs, asking)
      pauseMs = Math.min(MAX_RETRY_MS, pauseMs * 2)
    }
    const attempts = new Set<Promise<boolean>>()
    const isSettled = () => wanted.settled
    try {
      while (!asking.aborted && !isSettled()) {
        if (bytes + reservedBytes + wanted.weightBytes > init.maxBytes && attempts.size === 0) {
          if (reservedBytes > 0) {
            await pause()
            continue
          }
          wanted.last = 'byte-budget'
          return
        }
        if (serving().length < init.minPeers && timers.now() < patientUntil) {
          wanted.last = 'no-peers'
          await pause()
          continue
        }
        if (attempts.size < MAX_HEDGES) {
          let asked = false
          const begun = semaphore.run(async () => {
            const peer = isSettled() ? undefined : next(wanted)
            asked = peer !== undefined
            return peer === undefined ? false : attempt(wanted, peer)
          }, asking)
          const tracked = begun.finally(() => attempts.delete(tracked))
          attempts.add(tracked)
          tracked.catch(() => {})
          await firstOf(tracked, timers, init.hedgeMs, asking)
          if (asked || attempts.has(tracked)) continue
        } else {
          await firstOf(Promise.race(attempts), timers, init.requestTimeoutMs, asking)
          continue
        }
        // Everybody was tried: wait for those that are still at it, then pause, and begin again.
        await Promise.allSettled(attempts)
        if (isSettled()) return
        if (wanted.asked.length === 0) wanted.last = 'no-peers'
        await pause()
        wanted.tried.clear()
      }
    } catch {
      // Aborted: by the caller, the deadline or the end of the run. What came is still being checked.
    }
    await Promise.allSettled(attempts)
  }

  const wantedTiles = places.map((place): Wanted => {
    const tile = known.get(place)
    return {
      place: { band: place.band, column: place.column },
      weightBytes: place.weightBytes,
      asked: [],
      tried: new Set(),
      checking: 0,
      stop: new AbortController(),
      last: 'deadline',
      settled: tile !== undefined,
      ...(tile === undefined ? {} : { tile }),
    }
  })
  for (const wanted of wantedTiles) if (wanted.settled) onOutcome(outcomeOf(wanted))

  const ended = anySignal([signal, done.signal])
  const timeIsUp = timers.sleep(init.deadlineMs, ended).then(async () => {
    deadline.abort(new Error('expected all tiles by the deadline'))
    // Of tiles that came in time but wait for our own check the verdict waits a little, unless it is certain already.
    if (wantedTiles.some((wanted) => wanted.tile === undefined && wanted.checking === 0)) return
    await timers.sleep(CHECK_GRACE_MS, ended)
  })
  try {
    await Promise.race([Promise.all(wantedTiles.map(obtain)), timeIsUp])
  } finally {
    done.abort(new Error('expected no more of a run that has ended'))
    timeIsUp.catch(() => {})
  }
  signal.throwIfAborted()
  for (const wanted of wantedTiles) {
    if (wanted.settled) continue
    if (wanted.checking > 0) wanted.last = 'unchecked'
    settle(wanted)
  }
  return {
    outcomes: wantedTiles.map(outcomeOf),
    tiles: wantedTiles.flatMap(({ tile }) => (tile === undefined ? [] : [tile])),
    bytes,
  }
}

const outcomeOf = ({ place, tile, asked, last }: Wanted): TileOutcome => ({
  ...place,
  ok: tile !== undefined,
  peers: [...asked],
  ...(tile === undefined ? { reason: last } : {}),
})

/** Until `promise` settles, or `ms` have passed; never rejects but for the signal. */
const firstOf = async (
  promise: Promise<unknown>,
  timers: Timers,
  ms: number,
  signal: AbortSignal,
): Promise<void> => {
  const over = new AbortController()
  const waited = timers.sleep(ms, anySignal([signal, over.signal])).catch(() => {})
  try {
    await Promise.race([promise.catch(() => {}), waited])
  } finally {
    over.abort()
  }
  signal.throwIfAborted()
}
