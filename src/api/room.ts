// Room for what requests hold in memory, bounded: so many at once, or so many bytes at once. Whoever finds no room is
// told to come again at once, or waits in a short line until its own deadline.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { apiError } from './errors.ts'

/**
 * An `onRequest` hook that lets bodies of at most `maxBytes` in all be under way, and `most` of them, and refuses what is
 * beyond as `busy`. A body whose length is not stated counts as the largest.
 */
export const createBodyRoom = (most: number, maxBytes: number, largest: number) => {
  let inside = 0
  let bytes = 0
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const stated = Number(request.headers['content-length'] ?? largest)
    const own = Math.min(Number.isFinite(stated) ? stated : largest, largest)
    // One of any size always has room where it is alone.
    if (inside >= most || (inside > 0 && bytes + own > maxBytes))
      throw apiError('busy', 'as many bodies are under way as this node has room for; ask again')
    inside++
    bytes += own
    reply.raw.once('close', () => {
      inside--
      bytes -= own
    })
  }
}

export interface Line {
  /** Runs the work when there is a place. Throws `busy` where the line is full, and the signal's reason. */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>
}

/** Places for `atOnce`, first come first served, and a line of at most `waiting`. */
export const createLine = (atOnce: number, waiting: number): Line => {
  let inside = 0
  const line = new Set<() => void>()
  const place = (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted()
    if (inside < atOnce) {
      inside++
      return Promise.resolve()
    }
    if (line.size >= waiting)
      throw apiError('busy', `${atOnce + waiting} reads are under way already; ask again`)
    return new Promise((resolve, reject) => {
      const enter = () => {
        line.delete(enter)
        signal.removeEventListener('abort', leave)
        inside++
        resolve()
      }
      const leave = () => {
        line.delete(enter)
        reject(signal.reason)
      }
      line.add(enter)
      signal.addEventListener('abort', leave, { once: true })
    })
  }
  return {
    async run(work, signal) {
      await place(signal)
      try {
        return await work()
      } finally {
        inside--
        const [next] = line
        next?.()
      }
    },
  }
}
