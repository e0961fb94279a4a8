// Which blocks a light node samples when: new headers at once, older final ones behind them, newest first, within the
// window and the bytes that its owner allows. A block that was not to be had is tried again only if it became final
// since, with the same tiles.

import { createBoundedMap } from '../base/bounded-map.ts'
import { toHex } from '../base/bytes.ts'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Announcement } from '../chain/containers.ts'
import type { SampleStore } from '../chain/ports.ts'
import type { Sampler, SamplingResult } from '../sampling/types.ts'
import type { EventHub } from './events.ts'
import type { SampleOutcome } from './types.ts'

export interface LightSamplesInit {
  /** Blocks of the past that are sampled after a start. */
  readonly backlogBlocks: number
  /** Bytes that they may take in all. */
  readonly backlogBytes: number
}

export interface LightSamplesComponents {
  readonly sampler: Sampler
  readonly store: Pick<SampleStore, 'getSampleRecord'>
  readonly events: EventHub
  readonly log: Logger
}

export interface LightSamples {
  /** A new header, not final yet: sampled at once. */
  fresh(root: Uint8Array, announcement: Announcement): void
  /** A final header: sampled if it was not, or not with success, as long as the backlog's bounds allow. */
  final(root: Uint8Array, announcement: Announcement): void
  readonly counts: { readonly available: number; readonly unavailable: number; readonly pending: number }
  verdict(root: Uint8Array): Promise<'available' | 'unavailable' | undefined>
  stop(): void
}

/** Blocks sampled at once. */
const AT_ONCE = 3
const MAX_QUEUE = 256
const MAX_VERDICTS = 4_096

interface Task {
  readonly root: Uint8Array
  readonly announcement: Announcement
  readonly isBacklog: boolean
}

export const createLightSamples = (
  init: LightSamplesInit,
  components: LightSamplesComponents,
): LightSamples => {
  const { sampler, store, events, log } = components
  const life = new AbortController()
  const verdicts = createBoundedMap<string, 'available' | 'unavailable'>(MAX_VERDICTS)
  const running = new Set<string>()
  /** Roots that became final while they were being sampled, or after they had failed. */
  const retried = createBoundedMap<string, true>(MAX_VERDICTS)
  const queue: Task[] = []
  let backlogBlocks = 0
  let backlogBytes = 0

  const report = (result: SamplingResult): void => {
    const { root, height, verdict, bytes, ms } = result
    const outcomes: SampleOutcome[] = result.outcomes.map(({ band, column, ok, peers, reason }) => ({
      band,
      column,
      ok,
      peers,
      ...(reason === undefined ? {} : { reason }),
    }))
    verdicts.set(toHex(root), verdict)
    events.emit({ type: 'sampled', height, root: toHex(root), verdict, outcomes, bytes, ms })
  }

  const sample = async ({ root, announcement, isBacklog }: Task): Promise<void> => {
    const key = toHex(root)
    const { height } = announcement.header.message
    running.add(key)
    try {
      const result = await sampler.sample(root, announcement, {
        signal: life.signal,
        onDrawn: (samples) => events.emit({ type: 'sampling', height, root: key, samples }),
        onOutcome: ({ band, column, ok, peers, reason }) =>
          events.emit({
            type: 'sample',
            height,
            root: key,
            outcome: { band, column, ok, peers, ...(reason === undefined ? {} : { reason }) },
          }),
      })
      if (isBacklog) backlogBytes += result.bytes
      report(result)
    } catch (error) {
      if (!life.signal.aborted)
        log.error({ root: key, reason: messageOf(error) }, 'a block could not be sampled')
    } finally {
      running.delete(key)
      dispatch()
    }
  }

  const dispatch = (): void => {
    while (running.size < AT_ONCE && !life.signal.aborted) {
      const place = queue.findIndex((task) => !task.isBacklog)
      const [task] = queue.splice(Math.max(place, 0), 1)
      if (task === undefined) return
      if (task.isBacklog && backlogBytes >= init.backlogBytes) continue
      void sample(task)
    }
  }

  const isQueued = (key: string) => running.has(key) || queue.some((task) => toHex(task.root) === key)

  const enqueue = (task: Task): void => {
    if (queue.length >= MAX_QUEUE) queue.pop()
    queue.push(task)
    dispatch()
  }

  return {
    fresh(root, announcement) {
      const key = toHex(root)
      if (isQueued(key) || verdicts.has(key)) return
      enqueue({ root, announcement, isBacklog: false })
    },
    final(root, announcement) {
      const key = toHex(root)
      const known = verdicts.get(key)
      if (isQueued(key) || known === 'available') return
      if (known === 'unavailable') {
        if (retried.has(key)) return
        retried.set(key, true)
        return enqueue({ root, announcement, isBacklog: false })
      }
      if (backlogBlocks >= init.backlogBlocks || backlogBytes >= init.backlogBytes) return
      backlogBlocks += 1
      void store
        .getSampleRecord(root)
        .catch(() => undefined)
        .then((record) => {
          if (record?.verdict === 'available') verdicts.set(key, 'available')
          else enqueue({ root, announcement, isBacklog: true })
        })
    },
    get counts() {
      const all = [...verdicts.values()]
      const available = all.filter((verdict) => verdict === 'available').length
      return { available, unavailable: all.length - available, pending: queue.length + running.size }
    },
    async verdict(root) {
      return verdicts.get(toHex(root)) ?? (await store.getSampleRecord(root))?.verdict
    },
    stop: () => life.abort(new Error('the node stops')),
  }
}
