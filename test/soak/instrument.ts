// Loaded into a node's process with `--import` before anything else. Every few seconds it appends one JSON line to the
// file that WEFT_SOAK_FILE names: memory, descriptors, timers and other active handles, event-loop delay. And it times
// the turns of the main thread's loop, by the clock and by the CPU time of this thread: a turn that took long only because
// the machine gave the thread no processor used little CPU, and is no fault of the program.

import { appendFileSync, readdirSync } from 'node:fs'
import { createHistogram, PerformanceObserver } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'
import { startTurnProfile } from './turn-profile.ts'

export interface Sample {
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number
  readonly rssBytes: number
  readonly heapUsedBytes: number
  readonly externalBytes: number
  readonly descriptors: number
  /** setTimeout and setInterval that are pending. */
  readonly timers: number
  /** Everything else that keeps the loop alive: sockets, servers, requests. */
  readonly handles: number
  /** Delay of the event loop since the last sample, by the clock. */
  readonly delayP50Ms: number
  readonly delayP99Ms: number
  readonly delayMaxMs: number
  /** The longest turn since the last sample by CPU time of the main thread, without its garbage collection. */
  readonly turnCpuMs: number
  readonly gcMaxMs: number
  readonly threadCpuMs: number
  readonly processCpuMs: number
}

/** A turn above 50 ms, with what the sampling profiler saw in it where profiling is on. */
export interface LongTurn {
  readonly longTurn: true
  readonly atMs: number
  readonly wallMs: number
  readonly cpuMs: number
  readonly gcMs: number
  readonly stacks?: readonly string[]
}

const TICK_MS = 5
const LONG_MS = 50
/** A profile that nobody took is thrown away after so many ticks: it grows. */
const CLEAR_TICKS = 2_000

const start = (file: string, intervalMs: number, profiling: boolean): void => {
  // Not monitorEventLoopDelay: after a reset it forgets the turn that it is in.
  const delayUs = createHistogram()
  let gcMs = 0
  let gcMaxMs = 0
  let turnCpuMs = 0
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      gcMs += duration
      gcMaxMs = Math.max(gcMaxMs, duration)
    }
  }).observe({ entryTypes: ['gc'] })
  const profile = profiling ? startTurnProfile() : undefined

  // Between two ticks of a short timer lies one turn of the loop, seldom two: what is measured is an upper bound.
  let cpu = process.threadCpuUsage()
  let last = performance.now()
  let ticks = 0
  /** Taking a profile takes a turn itself, which is not the program's. */
  let taking = 0
  const take = (wallMs: number): Promise<readonly string[] | undefined> => {
    if (profile === undefined) return Promise.resolve(undefined)
    taking = 2
    return profile.take(wallMs)
  }
  const tick = () => {
    const now = performance.now()
    const used = process.threadCpuUsage(cpu)
    const cpuMs = (used.user + used.system) / 1000
    const wallMs = now - last
    delayUs.record(Math.max(1, Math.round((wallMs - TICK_MS) * 1000)))
    const gc = gcMs
    gcMs = 0
    const ownMs = Math.max(0, cpuMs - gc)
    if (taking > 0) taking--
    else {
      if (ownMs > turnCpuMs) turnCpuMs = ownMs
      if (cpuMs > LONG_MS) {
        const line: LongTurn = { longTurn: true, atMs: Date.now(), wallMs, cpuMs, gcMs: gc }
        void take(wallMs).then((stacks) => write(stacks === undefined ? line : { ...line, stacks }))
      } else if (++ticks % CLEAR_TICKS === 0) void take(0)
    }
    cpu = process.threadCpuUsage()
    last = performance.now()
  }
  const write = (line: object) => {
    try {
      appendFileSync(file, `${JSON.stringify(line)}\n`)
    } catch {
      // The folder went away with the run.
    }
  }
  const sample = () => {
    const { rss, heapUsed, external } = process.memoryUsage()
    const active = process.getActiveResourcesInfo()
    const timers = active.filter((kind) => kind === 'Timeout').length
    const thread = process.threadCpuUsage()
    const all = process.cpuUsage()
    const line: Sample = {
      atMs: Date.now(),
      rssBytes: rss,
      heapUsedBytes: heapUsed,
      externalBytes: external,
      descriptors: descriptorCount(),
      timers,
      handles: active.length - timers,
      delayP50Ms: delayUs.percentile(50) / 1000,
      delayP99Ms: delayUs.percentile(99) / 1000,
      delayMaxMs: delayUs.max / 1000,
      turnCpuMs,
      gcMaxMs,
      threadCpuMs: (thread.user + thread.system) / 1000,
      processCpuMs: (all.user + all.system) / 1000,
    }
    write(line)
    delayUs.reset()
    turnCpuMs = 0
    gcMaxMs = 0
  }
  setInterval(tick, TICK_MS).unref()
  setInterval(sample, intervalMs).unref()
}

/** Open descriptors; 0 where the system does not tell. */
const descriptorCount = (): number => {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return 0
  }
}

const { WEFT_SOAK_FILE, WEFT_SOAK_INTERVAL_MS, WEFT_SOAK_PROFILE } = process.env
if (isMainThread && WEFT_SOAK_FILE !== undefined)
  start(WEFT_SOAK_FILE, Number(WEFT_SOAK_INTERVAL_MS ?? 5_000), WEFT_SOAK_PROFILE === '1')
