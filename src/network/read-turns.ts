// Reading many connections on the one thread. What a socket brings at once (64 KiB) may be two thousand encrypted messages of
// a byte, or one of five thousand pings, each dispatched and answered by itself: 70 ms and more in one turn. So bytes are given
// on in small pieces, connections share one slice of a turn by the time that they cost, not by their bytes, and a socket
// whose pieces wait is not read.

import { onNextTurn, SLICE_MS } from '../base/next-turn.ts'

/** Of a connection, encrypted or not, what is used beyond its published interface; its presence is checked. */
export interface ReadableConnection {
  readonly status: string
  readonly readStatus: string
  readonly maxReadBufferLength: number
  onData(bytes: Bytes): void
  sendPause(): void
  sendResume(): void
  abort(error: Error): void
}

interface Bytes {
  readonly byteLength: number
  subarray(start: number, end: number): Uint8Array
}

export interface ReadTurns {
  /** From now on the connection's bytes are given on in turns. Throws TypeError where it cannot be done. */
  add(connection: ReadableConnection): void
}

export interface ReadTurnsInit {
  /** Longest stretch of reading in one turn, in milliseconds; the piece that crosses it is finished. Default `SLICE_MS`. */
  readonly sliceMs?: number
  readonly nowMs?: () => number
  readonly onNextTurn?: (callback: () => void) => unknown
}

/** 340 of Yamux's smallest frames, each answered: some ten milliseconds. */
const PIECE_BYTES = 4 * 1_024

interface Lane {
  readonly pieces: Uint8Array[]
  bytes: number
  /** What it has cost, on a clock that all lanes share; who begins again begins where the others are. */
  usedMs: number
  isOpen(): boolean
  give(piece: Uint8Array): void
  /** `give` threw: nothing more of this lane is given on. */
  failed(error: unknown): void
  /** Called when no piece is left. */
  emptied(): void
}

export const createReadTurns = ({
  sliceMs = SLICE_MS,
  nowMs = () => performance.now(),
  onNextTurn: later = onNextTurn,
}: ReadTurnsInit = {}): ReadTurns => {
  const busy = new Set<Lane>()
  let clockMs = 0
  let turnMs = 0
  let waiting = false
  let running = false

  const cheapest = (): Lane | undefined => {
    let best: Lane | undefined
    for (const lane of busy)
      if (lane.isOpen() && (best === undefined || lane.usedMs < best.usedMs)) best = lane
    return best
  }

  const run = (): void => {
    if (running) return
    running = true
    while (turnMs < sliceMs) {
      const lane = cheapest()
      const piece = lane?.pieces.shift()
      if (lane === undefined || piece === undefined) break
      lane.bytes -= piece.length
      const startMs = nowMs()
      // What one connection throws must stop neither this loop nor the others' reading.
      try {
        lane.give(piece)
      } catch (error) {
        lane.failed(error)
      }
      const tookMs = nowMs() - startMs
      clockMs = Math.max(clockMs, lane.usedMs)
      lane.usedMs += tookMs
      turnMs += tookMs
      if (lane.pieces.length > 0) continue
      busy.delete(lane)
      lane.emptied()
    }
    running = false
    // Nothing was done: nobody to give way to, and whoever is paused says when it goes on.
    if (waiting || turnMs === 0) return
    waiting = true
    later(() => {
      waiting = false
      turnMs = 0
      if (busy.size > 0) run()
    })
  }

  return {
    add(connection) {
      for (const name of ['onData', 'sendPause', 'sendResume', 'abort'] as const)
        if (typeof connection[name] !== 'function')
          throw new TypeError(`this connection has no method ${name}`)
      const give = connection.onData.bind(connection)
      const stopReading = connection.sendPause.bind(connection)
      const goOnReading = connection.sendResume.bind(connection)
      let stopped = false
      const lane: Lane = {
        pieces: [],
        bytes: 0,
        usedMs: 0,
        // Whoever paused the connection gets nothing before it is resumed.
        isOpen: () => connection.readStatus !== 'paused',
        give,
        failed(error) {
          lane.pieces.length = 0
          lane.bytes = 0
          connection.abort(new Error('reading failed', { cause: error }))
        },
        emptied() {
          if (!stopped || connection.status !== 'open' || connection.readStatus !== 'readable') return
          stopped = false
          goOnReading()
        },
      }
      connection.onData = (bytes) => {
        for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES)
          lane.pieces.push(bytes.subarray(at, Math.min(at + PIECE_BYTES, bytes.byteLength)))
        lane.bytes += bytes.byteLength
        if (!busy.has(lane)) lane.usedMs = Math.max(lane.usedMs, clockMs)
        busy.add(lane)
        run()
        if (lane.pieces.length === 0) return
        connection.sendPause()
        // A transport that cannot be stopped (WebSocket) goes on bringing bytes.
        if (lane.bytes > connection.maxReadBufferLength)
          connection.abort(new Error('more was read than could be used'))
      }
      connection.sendPause = () => {
        if (!stopped) stopReading()
        stopped = true
      }
      // Also when whoever paused it lets it go on: what waits comes first.
      connection.sendResume = () => {
        if (lane.pieces.length > 0) return run()
        stopped = false
        goOnReading()
      }
    },
  }
}
