// What one connection may make Yamux do. Small frames are dear: each is a decryption, a dispatch and often an answer of
// its own (a window update, a pong), in one turn with all others of the same read. So frames have a rate, above which
// the socket is paused; a connection that used up its share of a turn waits for the next; one that floods
// us with streams, or does not read what we must answer, is closed.

import { yamux } from '@chainsafe/libp2p-yamux'
import type { MessageStream, Stream, StreamMuxerFactory } from '@libp2p/interface'
import { onNextTurn } from '../base/next-turn.ts'
import type { NetworkLimits, OnLimit } from './limits.ts'
import { createTokenBucket } from './token-bucket.ts'

export type MuxerLimits = Pick<
  NetworkLimits,
  | 'maxStreamsPerConnection'
  | 'streamsPerSecond'
  | 'streamsBurst'
  | 'framesPerSecond'
  | 'framesBurst'
  | 'connectionSendBufferBytes'
>

const KiB = 1_024
/** Yamux starts at 256 KiB, its least; a paused stream can be sent no more than its window. */
const WINDOW_BYTES = 256 * KiB
const MAX_WINDOW_BYTES = 2_048 * KiB
const READ_BUFFER_BYTES = 4_096 * KiB
/** For all but gossip, which has its own: our writer never queues more than a piece. */
const WRITE_BUFFER_BYTES = 1_024 * KiB
/** Streams that would have to wait for so long are no haste but a flood. */
const FLOOD_MS = 2_000
/** A connection's share of one turn of the event loop. */
const SLICE_MS = 10

export interface MuxerHooks {
  /** Gets the last stream of a connection that is closed for opening streams too fast. */
  onStreamFlood(stream: Stream): void
  readonly onLimit: OnLimit
}

/** Yamux with finite buffers and guarded connections. */
export const guardedYamux = (limits: MuxerLimits, { onStreamFlood, onLimit }: MuxerHooks) => {
  const createFactory = yamux({
    maxInboundStreams: limits.maxStreamsPerConnection,
    maxOutboundStreams: limits.maxStreamsPerConnection,
    streamOptions: {
      initialStreamWindowSize: WINDOW_BYTES,
      maxStreamWindowSize: MAX_WINDOW_BYTES,
      maxReadBufferLength: READ_BUFFER_BYTES,
      maxWriteBufferLength: WRITE_BUFFER_BYTES,
    },
  })
  return (): StreamMuxerFactory => {
    const factory = createFactory()
    const create = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = (connection) => {
      const muxer = create(connection)
      connection.maxWriteBufferLength = limits.connectionSendBufferBytes
      connection.addEventListener('close', ({ error }) => {
        if (error?.name === 'StreamBufferError') onLimit('connectionSendBufferBytes')
      })
      const streams = createTokenBucket(limits.streamsPerSecond, limits.streamsBurst)
      const hold = holder(connection)
      // Not a listener: the muxer keeps early streams for the first one, which must be libp2p's.
      const onRemoteStream = muxer.onRemoteStream.bind(muxer)
      muxer.onRemoteStream = (stream) => {
        onRemoteStream(stream)
        const waitMs = streams.borrow(1)
        if (waitMs > 0) onLimit('streamsPerSecond')
        if (waitMs > FLOOD_MS) {
          onStreamFlood(stream)
          connection.abort(new Error('streams are opened too fast'))
        } else if (waitMs > 0) hold(waitMs)
      }
      guardFrames(muxer as unknown as FrameHandler, hold, limits, onLimit)
      return muxer
    }
    return factory
  }
}

interface FrameHandler {
  handleFrame(frame: { readonly header?: { readonly flag?: number } }): void
  readonly numInboundStreams: number
}

/** Yamux's flag of a frame that opens a stream (its specification, "Flag field"). */
const SYN = 1

/** Pauses the connection's socket for so long; the longest of several holds counts. */
const holder = (connection: MessageStream): ((waitMs: number) => void) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  let untilMs = 0
  connection.addEventListener('close', () => clearTimeout(timer))
  return (waitMs) => {
    const endMs = performance.now() + waitMs
    if (timer !== undefined && endMs <= untilMs) return
    untilMs = endMs
    clearTimeout(timer)
    timer = setTimeout(() => {
      timer = undefined
      // A timer alone would let no other socket through: see base/next-turn.ts.
      onNextTurn(() => {
        if (timer === undefined) quietly(() => connection.resume())
      })
    }, waitMs)
    // Not inside the dispatch: see stream-flow.ts.
    queueMicrotask(() => quietly(() => connection.pause()))
  }
}

const guardFrames = (
  muxer: FrameHandler,
  hold: (waitMs: number) => void,
  limits: MuxerLimits,
  onLimit: OnLimit,
): void => {
  if (typeof muxer.handleFrame !== 'function') throw new TypeError('this Yamux has no method handleFrame')
  const frames = createTokenBucket(limits.framesPerSecond, limits.framesBurst)
  const handleFrame = muxer.handleFrame.bind(muxer)
  let counting = false
  let usedMs = 0
  muxer.handleFrame = (frame) => {
    const startMs = performance.now()
    // Yamux resets it without a word.
    if (((frame.header?.flag ?? 0) & SYN) !== 0 && muxer.numInboundStreams >= limits.maxStreamsPerConnection)
      onLimit('maxStreamsPerConnection')
    handleFrame(frame)
    usedMs += performance.now() - startMs
    if (!counting) {
      counting = true
      onNextTurn(() => {
        counting = false
        usedMs = 0
      })
    }
    const waitMs = frames.borrow(1)
    if (waitMs > 0) onLimit('framesPerSecond')
    if (waitMs > 0 || usedMs > SLICE_MS) hold(waitMs)
  }
}

/** Pausing and resuming throw on a connection that has just gone. */
const quietly = (work: () => void): void => {
  try {
    work()
  } catch {}
}
