// Telling listeners what happens in a node. Delivery is synchronous and unbuffered: who listens over a slow line keeps
// a bounded queue of its own.

import type { Logger } from '../base/log.ts'
import type { NodeEvent, NodeEvents } from './types.ts'

export interface EventHub extends NodeEvents {
  emit(event: NodeEvent): void
}

/** Most listeners at once; further subscriptions are refused with RangeError. */
const MAX_LISTENERS = 64

export const createEventHub = (log: Logger): EventHub => {
  const listeners = new Set<(event: NodeEvent) => void>()
  return {
    emit(event) {
      for (const listener of listeners) {
        try {
          listener(event)
        } catch (error) {
          log.warn({ error }, 'an event listener threw and was removed')
          listeners.delete(listener)
        }
      }
    },
    subscribe(listener) {
      if (listeners.size >= MAX_LISTENERS) throw new RangeError(`expected at most ${MAX_LISTENERS} listeners`)
      const own = (event: NodeEvent) => listener(event)
      listeners.add(own)
      return () => {
        listeners.delete(own)
      }
    },
  }
}
