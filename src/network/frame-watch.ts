// Which frames come over a Yamux connection: told one by one, after each was handled, with what is known about it.

import type { Stream, StreamMuxer } from '@libp2p/interface'

/** What is used of Yamux's muxer beyond its published interface; its presence is checked. */
export interface MuxerMethods {
  onRemoteStream(stream: Stream): void
  handleFrame(frame: { readonly header: FrameHeader; readonly data?: unknown }): void
  sendFrame(header: FrameHeader, data?: unknown): boolean
  readonly numInboundStreams: number
}

interface FrameHeader {
  readonly type: number
  readonly flag: number
  readonly length: number
}

export interface FrameHooks {
  /** A frame opened a stream while the peer had so many. */
  onStream(open: number): void
  /** Small frames bring next to nothing and were not caused by us. */
  onFrame(isSmall: boolean): void
  /** Window updates that the peer may owe us, at most. */
  readonly mostOwed: number
}

/** A frame of data with less is small. The smallest that comes in numbers is a certificate of 145. */
export const SMALL_FRAME_BYTES = 128

/** Yamux's types and flags (its specification, "Type field" and "Flag field"). */
const DATA = 0
const WINDOW_UPDATE = 1
const PING = 2
/** Of a frame that opens a stream. */
const SYN = 1

export const muxerMethods = (muxer: StreamMuxer): MuxerMethods => {
  const methods = muxer as unknown as MuxerMethods
  for (const name of ['onRemoteStream', 'handleFrame', 'sendFrame'] as const)
    if (typeof methods[name] !== 'function') throw new TypeError(`this Yamux has no method ${name}`)
  return methods
}

export const watchFrames = (muxer: MuxerMethods, hooks: FrameHooks): void => {
  const handleFrame = muxer.handleFrame.bind(muxer)
  const sendFrame = muxer.sendFrame.bind(muxer)
  // Each frame of data is answered by a window update: those that we caused are no flood.
  let updatesOwed = 0
  muxer.sendFrame = (header, data) => {
    if (header.type === DATA) updatesOwed = Math.min(updatesOwed + 1, hooks.mostOwed)
    return sendFrame(header, data)
  }
  muxer.handleFrame = (frame) => {
    const { type, flag, length } = frame.header
    if ((flag & SYN) !== 0 && type !== PING) hooks.onStream(muxer.numInboundStreams)
    handleFrame(frame)
    const isOwed = type === WINDOW_UPDATE && flag === 0 && updatesOwed > 0
    if (isOwed) updatesOwed--
    hooks.onFrame(!isOwed && (type !== DATA || length < SMALL_FRAME_BYTES))
  }
}
