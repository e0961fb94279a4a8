// Turn-taking by key: at most so many at once for each key, the rest wait in order, and the number of those who wait is
// bounded too.

import { networkError } from './errors.ts'

export interface Turns {
  /** Resolves with the function that gives the turn back. Throws `busy` if too many wait, `aborted` by the signal. */
  enter(key: string, signal: AbortSignal): Promise<() => void>
}

interface Lane {
  active: number
  readonly waiting: Set<() => void>
}

export const createTurns = (atOnce: number, maxWaiting: number): Turns => {
  const lanes = new Map<string, Lane>()

  const leaveOnce = (key: string, lane: Lane) => {
    let inside = true
    return () => {
      if (!inside) return
      inside = false
      const [next] = lane.waiting
      if (next !== undefined) return next()
      lane.active--
      if (lane.active === 0) lanes.delete(key)
    }
  }

  return {
    async enter(key, signal) {
      signal.throwIfAborted()
      let lane = lanes.get(key)
      if (lane === undefined) {
        lane = { active: 0, waiting: new Set() }
        lanes.set(key, lane)
      }
      if (lane.active < atOnce) {
        lane.active++
        return leaveOnce(key, lane)
      }
      if (lane.waiting.size >= maxWaiting)
        throw networkError('busy', `${maxWaiting} requests to ${key} wait already`, { key })
      const { waiting } = lane
      await new Promise<void>((resolve, reject) => {
        const go = () => {
          waiting.delete(go)
          signal.removeEventListener('abort', stop)
          resolve()
        }
        const stop = () => {
          waiting.delete(go)
          reject(networkError('aborted', 'aborted while waiting for a turn', { key }, signal.reason))
        }
        signal.addEventListener('abort', stop, { once: true })
        waiting.add(go)
      })
      return leaveOnce(key, lane)
    },
  }
}
