// The one way in which the project reads a libp2p stream: with a budget of bytes, a bound on the number of frames, a
// deadline, and backpressure. libp2p's own iteration has none of them (one peer can fill the memory), and `pause()`
// inside a message handler is undone by a `resume()` that is still dispatching, so both are done a microtask later.

import type { Stream, StreamMessageEvent } from '@libp2p/interface'
import { readVarint } from './codec.ts'
import { type NetworkError, networkError } from './errors.ts'
import { pauseStream, resumeStream } from './stream-flow.ts'

export interface ReaderInit {
  /** Most bytes that the stream may carry in all. */
  readonly budgetBytes: number
  /** Bytes kept unread before the peer is held back. Default 256 KiB. */
  readonly highWaterBytes?: number
}

export interface StreamReader {
  /** The next byte, or undefined at the end of the stream. */
  readByte(): Promise<number | undefined>
  /**
   * A message: varint length and so many bytes. Refused (`oversize`) by its length before anything is kept for it; `hold`
   * may have the rest of it wait.
   */
  readMessage(maxBytes: number, hold?: (bytes: number) => Promise<void>): Promise<Uint8Array>
  /** Stops listening. The stream is left as it is. */
  release(): void
}

const DEFAULT_HIGH_WATER_BYTES = 256 * 1_024
/** When so much of a message has come, it has its whole array. */
const LARGE_BYTES = 2 ** 20
/** Frames that are free, and the average size that further ones must have. */
const FREE_FRAMES = 256
const LEAST_AVERAGE_FRAME_BYTES = 128

/** Starts reading `stream` until it ends, `signal` aborts or the budget is spent; the last two reset the stream. */
export const createStreamReader = (stream: Stream, init: ReaderInit, signal: AbortSignal): StreamReader => {
  const highWater = init.highWaterBytes ?? DEFAULT_HIGH_WATER_BYTES
  // Unread bytes are buffer[start..end): one growing array, so that a million one-byte frames cost a million bytes. It
  // grows no further than what is waited for: a submission of 32 MiB would end in an array of 64. To there it grows at once
  // when a mebibyte has come: each growing is a copy, and the last would be one of 16 MiB in a turn.
  let buffer = new Uint8Array(1_024)
  let start = 0
  let end = 0
  let received = 0
  let frames = 0
  let wanted = 1
  let ended = false
  let failure: NetworkError | undefined
  let wake = () => {}

  const fail = (error: NetworkError) => {
    if (failure !== undefined) return
    failure = error
    release()
    stream.abort(error)
    wake()
  }

  const onMessage = (event: StreamMessageEvent) => {
    if (failure !== undefined) return
    const size = event.data.byteLength
    received += size
    frames++
    if (received > init.budgetBytes)
      return fail(networkError('oversize', `expected at most ${init.budgetBytes} bytes`, { received }))
    if (frames > FREE_FRAMES + received / LEAST_AVERAGE_FRAME_BYTES)
      return fail(networkError('oversize', 'expected fewer, larger frames', { received, frames }))
    append(event.data instanceof Uint8Array ? [event.data] : event.data, size)
    checkEnd()
    wake()
    if (end - start > Math.max(highWater, wanted)) queueMicrotask(pause)
  }
  const append = (parts: Iterable<Uint8Array>, size: number) => {
    if (end + size > buffer.length) {
      const unread = end - start
      const most = wanted + highWater
      const larger = unread >= LARGE_BYTES ? most : Math.min(2 * buffer.length, most)
      const target =
        unread + size > buffer.length / 2 ? new Uint8Array(Math.max(1_024, unread + size, larger)) : buffer
      target.set(buffer.subarray(start, end), 0)
      buffer = target
      start = 0
      end = unread
    }
    for (const part of parts) {
      buffer.set(part, end)
      end += part.length
    }
  }
  const pause = () => {
    if (end - start > Math.max(highWater, wanted)) pauseStream(stream)
  }

  // `end` may have been dispatched already, and yet bytes be left: those that came together with the negotiation of the
  // protocol, which libp2p puts back. They are dispatched to us after we have begun to listen.
  // Without the peer's half-close, as when the connection is lost, an end is no end.
  let finished = stream.remoteWriteStatus === 'closed' && stream.status === 'open'
  const onFinish = () => {
    finished = true
  }
  const checkEnd = () => {
    if (!stream.readableEnded || stream.readBufferLength > 0) return
    if (finished) ended = true
    else fail(networkError('reset', 'the connection was lost', { received }))
  }
  const onEnd = () => {
    checkEnd()
    wake()
  }
  const onClose = (event: Event & { error?: Error }) => {
    if (event.error !== undefined && !ended)
      fail(networkError('reset', 'the peer reset the stream', { received }, event.error))
    else if (!finished) fail(networkError('reset', 'the connection was lost', { received }))
    // Closed on both sides, but a paused stream may still hold bytes: `end` comes after the last of them.
    else onEnd()
  }
  const onAbort = () => fail(networkError('aborted', 'reading was aborted', { received }, signal.reason))

  const release = () => {
    stream.removeEventListener('message', onMessage)
    stream.removeEventListener('remoteCloseWrite', onFinish)
    stream.removeEventListener('end', onEnd)
    stream.removeEventListener('close', onClose)
    signal.removeEventListener('abort', onAbort)
  }

  signal.addEventListener('abort', onAbort, { once: true })
  stream.addEventListener('remoteCloseWrite', onFinish)
  stream.addEventListener('end', onEnd)
  stream.addEventListener('close', onClose)
  stream.addEventListener('message', onMessage)
  checkEnd()
  if (signal.aborted) onAbort()
  else if (stream.status !== 'open') fail(networkError('reset', 'the stream was reset before it was read'))

  /** Whether `count` bytes are there; false if the stream ended before. */
  const available = async (count: number): Promise<boolean> => {
    wanted = count
    while (failure === undefined && end - start < count && !ended) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      // Resuming dispatches what was held back, and may wake us at once.
      resumeStream(stream)
      if (end - start < count && !ended && failure === undefined) await woken
    }
    if (failure !== undefined) throw failure
    return end - start >= count
  }

  const readByte = async () => {
    if (!(await available(1))) return undefined
    return buffer[start++]
  }

  /** A large message keeps the buffer that it came in, and what follows it moves to a new one: one copy less. */
  const takeMessage = (length: number): Uint8Array => {
    const message =
      2 * length >= buffer.length
        ? buffer.subarray(start, start + length)
        : buffer.slice(start, start + length)
    start += length
    if (message.buffer === buffer.buffer) {
      const rest = buffer.slice(start, end)
      buffer = rest
      end = rest.length
      start = 0
    }
    return message
  }

  return {
    readByte,
    async readMessage(maxBytes, hold) {
      const length = await readVarint(readByte)
      if (length === undefined) throw networkError('malformed', 'expected a varint length')
      if (length > maxBytes)
        throw networkError('oversize', `expected a message of at most ${maxBytes} bytes, got ${length}`)
      await hold?.(length)
      if (!(await available(length)))
        throw networkError('reset', 'the stream ended inside a message', { length, received })
      return takeMessage(length)
    },
    release,
  }
}
