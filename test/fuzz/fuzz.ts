// Runs mutants of one message type past the judge and its twin. What differs, throws or hangs is a failure, cut down to
// the bytes that matter; outcomes are counted, so that one sees how deep the mutants got.

import { createRandom, type Random } from '../consensus/simulation/random.ts'
import { mutate } from './mutate.ts'
import { hex } from './plain-ssz.ts'
import type { Case, Target } from './targets.ts'
import type { Outcome } from './twin.ts'

export interface FuzzResult {
  readonly target: string
  readonly mutants: number
  readonly seed: number
  readonly counts: ReadonlyMap<Outcome, number>
  readonly failures: readonly Failure[]
  /** Longest that one mutant took the judge. */
  readonly slowestMs: number
  readonly judgeMs: number
}

export interface Failure {
  readonly index: number
  readonly judged: Outcome
  readonly expected: Outcome
  /** The message in hex, cut down as far as it still differs. */
  readonly data: string
  readonly changedBytes: number
}

export interface FuzzOptions {
  readonly mutants: number
  readonly seed: number
  readonly signal?: AbortSignal
  /** Forgets what judge and twin have seen. */
  reset(): void
  progress?(done: number): void
}

/** Crafted messages kept to be mutated and mixed with real ones. */
const MOST_CRAFTED = 3_000
const MOST_CRAFTED_BYTES = 128 * 2 ** 20
/** What was seen is forgotten so often, so that not all that is valid has been seen before. */
const FORGET_EVERY = 150
const MOST_FAILURES = 5
/** A judgement that takes longer hangs. */
const HANG_MS = 10_000

export const fuzz = async (target: Target, options: FuzzOptions): Promise<FuzzResult> => {
  const random = createRandom(options.seed)
  const pool: Case[] = [...target.bases]
  const counts = new Map<Outcome, number>()
  const failures: Failure[] = []
  let slowestMs = 0
  let judgeMs = 0
  let index = 0
  options.reset()

  const both = async (data: Uint8Array, context: Case['context'], seed: number) => {
    const startMs = performance.now()
    const outcome = await judgeOf(target, data, context, createRandom(seed))
    const tookMs = performance.now() - startMs
    // What never gives the thread back is not timed out; it may end still.
    const judged = tookMs > HANG_MS ? 'hangs' : outcome
    slowestMs = Math.max(slowestMs, tookMs)
    judgeMs += tookMs
    return { judged, expected: target.twin(data, context, createRandom(seed)) }
  }

  for (; index < options.mutants && failures.length < MOST_FAILURES && !options.signal?.aborted; index++) {
    if (index % FORGET_EVERY === 0) options.reset()
    const { data, context } = next(target, pool, random)
    const seed = random.integer(0, 2 ** 31)
    const { judged, expected } = await both(data, context, seed)
    counts.set(judged, (counts.get(judged) ?? 0) + 1)
    if (judged !== expected) {
      const small = await minimise(data, pool[0]!.data, async (smaller) => {
        options.reset()
        const again = await both(smaller, context, seed)
        return again.judged !== again.expected
      })
      failures.push({ index, judged, expected, data: hex(small.data), changedBytes: small.changedBytes })
    }
    if (index % 2_000 === 1_999) options.progress?.(index + 1)
    // The event loop must turn now and then, for the judges' own timers.
    if (index % 200 === 199) await new Promise((resolve) => setImmediate(resolve))
  }
  return { target: target.name, mutants: index, seed: options.seed, counts, failures, slowestMs, judgeMs }
}

const next = (target: Target, pool: Case[], random: Random): Case => {
  const way = random.next()
  if (way < 0.02) return random.pick(target.bases)
  if (way < 0.12) {
    // A new one while there is room, later one of those.
    const hasRoom = pool.length < MOST_CRAFTED && bytesOf(pool) < MOST_CRAFTED_BYTES
    const crafted = hasRoom ? target.craft(random) : random.pick(pool)
    if (crafted !== undefined) {
      if (hasRoom) pool.push(crafted)
      return crafted
    }
  }
  // Real messages half of the time, however many were crafted.
  const base = random.chance(0.5) ? random.pick(target.bases) : random.pick(pool)
  if (target.mutate !== undefined) return { data: target.mutate(base.data, random), context: base.context }
  const donors = [random.pick(pool).data, random.pick(target.bases).data]
  return { data: mutate(target.type, base.data, donors, random), context: base.context }
}

const bytesOf = (pool: readonly Case[]): number => pool.reduce((sum, { data }) => sum + data.length, 0)

const judgeOf = async (
  target: Target,
  data: Uint8Array,
  context: Case['context'],
  random: Random,
): Promise<Outcome> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve('hangs'), HANG_MS)
  })
  try {
    // A copy: a judge that changes what it is given would change the twin's too.
    return await Promise.race([target.judge(data.slice(), context, random), late])
  } catch (error) {
    return `throws:${error instanceof Error ? error.message : String(error)}`
  } finally {
    clearTimeout(timer)
  }
}

/** Gives back byte after byte to the original as long as judge and twin still differ. */
const minimise = async (
  data: Uint8Array,
  original: Uint8Array,
  differs: (data: Uint8Array) => Promise<boolean>,
): Promise<{ readonly data: Uint8Array; readonly changedBytes: number }> => {
  if (data.length !== original.length || !(await differs(data))) return { data, changedBytes: data.length }
  let best = data.slice()
  const places = [...best.keys()].filter((at) => best[at] !== original[at])
  for (let span = Math.max(1, places.length >> 1); ; span = span >> 1) {
    for (let from = 0; from < places.length; from += span) {
      const trial = best.slice()
      for (const at of places.slice(from, from + span)) trial[at] = original[at]!
      if (await differs(trial)) best = trial
    }
    if (span <= 1) break
  }
  return { data: best, changedBytes: [...best.keys()].filter((at) => best[at] !== original[at]).length }
}

/** One line for people, and one for each outcome. */
export const linesOf = (result: FuzzResult): readonly string[] => {
  const share = (count: number) => `${((100 * count) / result.mutants).toFixed(2)} %`
  const perMutant = (1_000 * result.judgeMs) / result.mutants
  const head = `${result.target}: ${result.mutants} mutants, seed ${result.seed}, ${perMutant.toFixed(0)} us each in the judge, slowest ${result.slowestMs.toFixed(0)} ms, ${result.failures.length} differ`
  const outcomes = [...result.counts].toSorted((a, b) => b[1] - a[1])
  return [
    head,
    ...outcomes.map(
      ([outcome, count]) => `  ${outcome.padEnd(28)} ${String(count).padStart(8)}  ${share(count)}`,
    ),
    ...result.failures.map(
      ({ index, judged, expected, data, changedBytes }) =>
        `  DIFFERS at ${index}: judged ${judged}, expected ${expected}, ${changedBytes} bytes changed: ${data.slice(0, 4_000)}`,
    ),
  ]
}
