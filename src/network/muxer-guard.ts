// What one connection may make Yamux do. Frames are dear, and small ones dear for what they bring: each is a decryption, a
// dispatch and often an answer of its own (a window update, a pong). So frames have a rate, and those that bring less than
// 128 bytes a lower one, above which the socket is paused; new streams likewise. Who goes on like that for long, or does
// not read what we must answer, is closed. Reading takes turns between connections (read-turns.ts).

import { yamux } from '@chainsafe/libp2p-yamux'
import type { MessageStream, Stream, StreamMuxer, StreamMuxerFactory } from '@libp2p/interface'
import { onNextTurn } from '../base/next-turn.ts'
import { muxerMethods, watchFrames } from './frame-watch.ts'
import type { LimitName, NetworkLimits, OnLimit } from './limits.ts'
import { createOverLimit } from './over-limit.ts'
import { createReadTurns, type ReadableConnection } from './read-turns.ts'
import { createTokenBucket } from './token-bucket.ts'

export type MuxerLimits = Pick<
  NetworkLimits,
  | 'maxStreamsPerConnection'
  | 'streamsPerSecond'
  | 'streamsBurst'
  | 'framesPerSecond'
  | 'framesBurst'
  | 'smallFramesPerSecond'
  | 'smallFramesBurst'
  | 'overLimitMs'
  | 'connectionSendBufferBytes'
>

const KiB = 1_024
/** Yamux starts at 256 KiB, its least; a paused stream can be sent no more than its window. */
const WINDOW_BYTES = 256 * KiB
const MAX_WINDOW_BYTES = 2_048 * KiB
const READ_BUFFER_BYTES = 4_096 * KiB
/** For all but gossip, which has its own: our writer never queues more than a piece. */
const WRITE_BUFFER_BYTES = 1_024 * KiB

export interface MuxerHooks {
  /** A connection has been above its limits for too long, and is being closed; `streams` are its own. */
  onFlood(streams: readonly Stream[]): void
  readonly onLimit: OnLimit
}

/** Yamux with finite buffers and guarded connections. */
export const guardedYamux = (limits: MuxerLimits, hooks: MuxerHooks) => {
  const { onLimit } = hooks
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
  const turns = createReadTurns()
  return (): StreamMuxerFactory => {
    const factory = createFactory()
    const create = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = (connection) => {
      const muxer = create(connection)
      connection.maxWriteBufferLength = limits.connectionSendBufferBytes
      connection.addEventListener('close', ({ error }) => {
        if (error?.name === 'StreamBufferError') onLimit('connectionSendBufferBytes')
      })
      for (const layer of layersOf(connection)) turns.add(layer)
      guard(muxer, connection, limits, hooks)
      return muxer
    }
    return factory
  }
}

/** What Noise reads from, and what it gives to the muxer: many frames may come in one message, as messages in one read. */
const layersOf = (connection: MessageStream): readonly ReadableConnection[] => {
  const decrypted = connection as unknown as ReadableConnection & { readonly stream?: ReadableConnection }
  if (decrypted.stream === undefined) throw new TypeError('this Noise has no field stream')
  return [decrypted.stream, decrypted]
}

const guard = (
  muxer: StreamMuxer,
  connection: MessageStream,
  limits: MuxerLimits,
  { onLimit, onFlood }: MuxerHooks,
): void => {
  const methods = muxerMethods(muxer)
  const streams = createTokenBucket(limits.streamsPerSecond, limits.streamsBurst)
  const frames = createTokenBucket(limits.framesPerSecond, limits.framesBurst)
  const smallFrames = createTokenBucket(limits.smallFramesPerSecond, limits.smallFramesBurst)
  const overLimit = createOverLimit(limits)
  const hold = holder(connection)
  const above = (limit: LimitName, waitMs: number) => {
    if (connection.status !== 'open') return
    onLimit(limit)
    if (!overLimit.strike(waitMs)) return hold(waitMs)
    onLimit('overLimitMs')
    onFlood(muxer.streams)
    connection.abort(new Error(`above ${limit} for too long`))
  }
  // Not a listener: the muxer keeps early streams for the first one, which must be libp2p's.
  const onRemoteStream = methods.onRemoteStream.bind(muxer)
  methods.onRemoteStream = (stream) => {
    onRemoteStream(stream)
    const waitMs = streams.borrow(1)
    if (waitMs > 0) above('streamsPerSecond', waitMs)
  }
  watchFrames(methods, {
    mostOwed: limits.framesBurst,
    onStream(open) {
      // Yamux resets it without a word.
      if (open >= limits.maxStreamsPerConnection) onLimit('maxStreamsPerConnection')
    },
    onFrame(isSmall) {
      const waitMs = frames.borrow(1)
      if (waitMs > 0) {
        onLimit('framesPerSecond')
        // Never more: an answer that we asked for may be thousands of items.
        hold(waitMs)
      }
      const smallMs = isSmall ? smallFrames.borrow(1) : 0
      if (smallMs > 0) above('smallFramesPerSecond', smallMs)
    },
  })
}

/** Pauses the connection's socket for so long; the longest of several holds counts. */
const holder = (connection: MessageStream): ((waitMs: number) => void) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  let untilMs = 0
  connection.addEventListener('close', () => clearTimeout(timer))
  return (waitMs) => {
    // Frames that came with the one that it was closed for: nothing would clear the timer any more.
    if (connection.status !== 'open') return
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

/** Pausing and resuming throw on a connection that has just gone. */
const quietly = (work: () => void): void => {
  try {
    work()
  } catch {}
}
