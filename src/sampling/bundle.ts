// Tiles that one run asks of one peer at the same moment travel in one request: opening a stream costs some 500 bytes,
// a fifth of a small tile, and the peer learns nothing more than by as many requests. Which peer is asked for which
// tile is decided elsewhere and does not change. Large tiles go alone, so that a slow line brings some of them in time.

import { type Tile, TileType } from '../chain/containers.ts'
import type { Requests } from '../chain/ports.ts'
import type { TilePlace } from '../grid/block.ts'
import type { Timers } from './timers.ts'

/** A tile's place, and what the tile weighs on the wire at most. */
export interface WeighedPlace extends TilePlace {
  readonly weightBytes: number
}

/** What came for one tile that was asked for. */
export interface BundledAnswer {
  readonly tile?: Tile
  /** Of the tile, and of what was not asked for where `hasUnasked`. */
  readonly bytes: number
  /** The answer had tiles that nobody asked for, or one twice. Said of one tile of the request only. */
  readonly hasUnasked: boolean
}

export interface Bundle {
  /** Asks `peer` for a tile, together with whatever else is asked of it now. Rejects as the request does, or by the signal. */
  ask(peer: string, place: WeighedPlace, signal: AbortSignal): Promise<BundledAnswer>
}

export interface BundleComponents {
  readonly request: Pick<Requests, 'tiles'>
  readonly timers: Pick<Timers, 'sleep'>
}

/** How long a request waits for company, in ms. */
const GATHER_MS = 2
/** Most tiles of one request, of the protocol. */
const MAX_TILES = 32
/** Tiles that weigh more in sum are asked for in several requests. */
const MAX_BYTES = 64 * 1024

interface Member {
  readonly place: WeighedPlace
  readonly signal: AbortSignal
  readonly resolve: (answer: BundledAnswer) => void
  readonly reject: (reason: unknown) => void
}

/** Bundles the requests of one run over the block `root`. */
export const createBundle = (root: Uint8Array, { request, timers }: BundleComponents): Bundle => {
  const waiting = new Map<string, Member[]>()

  const send = async (peer: string, members: readonly Member[]): Promise<void> => {
    const { signal, release } = whenAllAbort(members.map((member) => member.signal))
    try {
      const tiles = members.map(({ place: { band, column } }) => ({ band, column }))
      const maxBytes = members.reduce((sum, { place }) => sum + place.weightBytes, 0)
      const answer = await request.tiles(peer, { root, tiles }, { signal, maxBytes })
      for (const [i, each] of shareOut(members, answer).entries()) members[i]!.resolve(each)
    } catch (error) {
      for (const { reject } of members) reject(error)
    } finally {
      release()
    }
  }

  const sendAll = (peer: string): void => {
    const members = (waiting.get(peer) ?? []).filter(({ signal }) => !signal.aborted)
    waiting.delete(peer)
    for (const part of parts(members)) void send(peer, part)
  }

  return {
    ask: (peer, place, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
        const others = waiting.get(peer)
        const member = { place, signal, resolve, reject }
        if (others !== undefined) return void others.push(member)
        waiting.set(peer, [member])
        void timers.sleep(GATHER_MS).then(() => sendAll(peer))
      }),
  }
}

/** Members of one request each, in order. */
const parts = (members: readonly Member[]): readonly (readonly Member[])[] => {
  const all: Member[][] = []
  let bytes = 0
  for (const member of members) {
    const last = all.at(-1)
    if (last === undefined || last.length === MAX_TILES || bytes + member.place.weightBytes > MAX_BYTES) {
      all.push([member])
      bytes = member.place.weightBytes
    } else {
      last.push(member)
      bytes += member.place.weightBytes
    }
  }
  return all
}

/** To each member its tile, if it came. */
const shareOut = (members: readonly Member[], answer: readonly Tile[]): readonly BundledAnswer[] => {
  const left = [...answer]
  const found = members.map(({ place: { band, column } }) => {
    const at = left.findIndex((tile) => tile.band === band && tile.column === column)
    return at < 0 ? undefined : left.splice(at, 1)[0]
  })
  const unaskedBytes = left.reduce((sum, tile) => sum + sizeOf(tile), 0)
  const blamed = left.length === 0 ? -1 : Math.max(0, found.indexOf(undefined))
  return found.map((tile, i) => ({
    ...(tile === undefined ? {} : { tile }),
    bytes: (tile === undefined ? 0 : sizeOf(tile)) + (i === blamed ? unaskedBytes : 0),
    hasUnasked: i === blamed,
  }))
}

const sizeOf = (tile: Tile): number => TileType.value_serializedSize(tile)

/** A signal that aborts when the last of `signals` has: a request is of use as long as somebody waits for it. */
const whenAllAbort = (signals: readonly AbortSignal[]): { readonly signal: AbortSignal; release(): void } => {
  const all = new AbortController()
  let left = signals.length
  const onAbort = () => {
    left -= 1
    if (left === 0) all.abort(new Error('expected nobody to wait for this request any more'))
  }
  for (const signal of signals) {
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  }
  return {
    signal: all.signal,
    release: () => {
      for (const signal of signals) signal.removeEventListener('abort', onAbort)
    },
  }
}
