// Room for what requests hold in memory, bounded: so many at once, or so many bytes at once. Whoever finds no room is
// told to come again at once, or waits in a short line until its own deadline.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { apiError } from './errors.ts'

export interface BodyRoom {
  /** Bytes of all bodies that are under way. */
  readonly maxBytes: number
  /** Bytes of the largest body: what one of no stated length counts as. */
  readonly largest: number
}

/**
 * An `onRequest` hook that lets `most` requests of a kind be under way, from before their body is read until their answer
 * is sent, and bodies of so many bytes in all where those are counted. It refuses what is beyond as `busy`.
 */
export const createRoom = (most: number, what: string, bodies?: BodyRoom) => {
  let inside = 0
  let bytes = 0
  const bytesOf = ({ headers }: FastifyRequest, { largest }: BodyRoom): number => {
    const stated = Number(headers['content-length'] ?? largest)
    return Math.min(Number.isFinite(stated) ? stated : largest, largest)
  }
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const own = bodies === undefined ? 0 : bytesOf(request, bodies)
    // One of any size always has room where it is alone.
    const isFull = inside > 0 && bodies !== undefined && bytes + own > bodies.maxBytes
    if (inside >= most || isFull)
      throw apiError('busy', `as many ${what} are under way as this node has room for; ask again`)
    inside++
    bytes += own
    reply.raw.once('close', () => {
      inside--
      bytes -= own
    })
  }
}

/**
 * Lets answers of so many bytes in all be on their way, until the reader has them or is gone. Throws `busy` for what is
 * beyond; one of any size always has room where it is alone.
 */
export const createSending = (maxBytes: number): ((length: number, reply: FastifyReply) => void) => {
  let bytes = 0
  return (length, reply) => {
    if (bytes > 0 && bytes + length > maxBytes)
      throw apiError('busy', 'as much is being sent as this node has room for; ask again')
    bytes += length
    reply.raw.once('close', () => {
      bytes -= length
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
