// The one way in which the project writes a libp2p stream: a piece at a time, waiting for the `drain` event whenever
// the stream says that it is full (`onDrain()` blocks only once and then lets memory grow), and for its turn, since a
// piece is encrypted while it is handed over. A reader that takes nothing for `stallMs` ends the stream.

import type { Stream } from '@libp2p/interface'
import { concat } from '../base/bytes.ts'
import { deadline } from '../base/deadline.ts'
import { messageOf } from '../base/error.ts'
import { networkError } from './errors.ts'
import type { WriteTurn } from './write-turns.ts'

const PIECE_BYTES = 64 * 1_024

export interface WriteOptions {
  readonly signal: AbortSignal
  /** Longest wait for the peer to take something, in milliseconds. */
  readonly stallMs: number
  /** Turns with all other streams. */
  readonly turn: WriteTurn
  /** Called where the peer took nothing for so long. */
  readonly onStall?: () => void
}

/** Resolves when all bytes are with the stream, and no more than a piece and a Yamux window wait there. */
export const writeBytes = async (stream: Stream, bytes: Uint8Array, options: WriteOptions): Promise<void> => {
  for (let offset = 0; offset < bytes.length; ) {
    await drained(stream, options)
    const isSent = await options.turn(() => sendPiece(stream, bytes.subarray(offset, offset + PIECE_BYTES)))
    options.signal.throwIfAborted()
    if (isSent) offset += PIECE_BYTES
  }
}

/** A message in parts: small ones are joined, large ones not copied. */
export const writeMessage = async (
  stream: Stream,
  parts: readonly Uint8Array[],
  options: WriteOptions,
): Promise<void> => {
  for (let rest = parts; rest.length > 0; ) {
    let count = 1
    while (count < rest.length && sizeOf(rest.slice(0, count + 1)) <= PIECE_BYTES) count++
    await writeBytes(stream, count === 1 ? rest[0]! : concat(...rest.slice(0, count)), options)
    rest = rest.slice(count)
  }
}

/** Bytes of all parts together. */
export const sizeOf = (parts: readonly Uint8Array[]): number =>
  parts.reduce((sum, { length }) => sum + length, 0)

/** False where others have filled the connection while this stream waited for its turn. */
const sendPiece = (stream: Stream, piece: Uint8Array): boolean => {
  if (stream.writableNeedsDrain) return false
  try {
    stream.send(piece)
  } catch (cause) {
    throw networkError('reset', `cannot write: ${messageOf(cause)}`, {}, cause)
  }
  return true
}

/** Ends our side of the stream once everything is sent. */
export const finishWriting = async (
  stream: Stream,
  options: Pick<WriteOptions, 'signal' | 'stallMs'>,
): Promise<void> => {
  const signal = deadline(options.stallMs, options.signal)
  try {
    await stream.close({ signal })
  } catch (cause) {
    throw networkError(signal.aborted ? 'aborted' : 'reset', `cannot finish: ${messageOf(cause)}`, {}, cause)
  }
}

const drained = async (stream: Stream, { signal, stallMs, onStall }: WriteOptions): Promise<void> => {
  while (stream.writableNeedsDrain) {
    signal.throwIfAborted()
    if (stream.status !== 'open') throw networkError('reset', `the stream is ${stream.status}`)
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error) => {
        clearTimeout(timer)
        stream.removeEventListener('drain', onDrain)
        stream.removeEventListener('close', onClose)
        signal.removeEventListener('abort', onAbort)
        if (error === undefined) resolve()
        else reject(error)
      }
      const onDrain = () => done()
      const onClose = () => done(networkError('reset', 'the stream was closed while it was written'))
      const onAbort = () => done(networkError('aborted', 'writing was aborted', {}, signal.reason))
      const timer = setTimeout(() => {
        onStall?.()
        done(networkError('aborted', `the peer took nothing for ${stallMs} ms`))
      }, stallMs)
      stream.addEventListener('drain', onDrain)
      stream.addEventListener('close', onClose)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }
  signal.throwIfAborted()
}
