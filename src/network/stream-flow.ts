// Holding a stream back and letting it go on. A stream whose connection has just gone throws on both, and its end is
// told by its events anyway. Never inside a message handler: a `resume()` that is still dispatching would undo it.

import type { Stream } from '@libp2p/interface'

export const pauseStream = (stream: Stream): void => {
  if (stream.readStatus !== 'readable') return
  try {
    stream.pause()
  } catch {}
}

export const resumeStream = (stream: Stream): void => {
  if (stream.readStatus !== 'paused') return
  try {
    stream.resume()
  } catch {}
}
