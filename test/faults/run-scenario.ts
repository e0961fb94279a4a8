// One scenario in a process group of its own, so that what it crashes, leaks or leaves running touches no other. Its
// verdict comes back as a message; a process that ends without one, or takes too long, counts as broken.

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { deadline } from '../../src/base/deadline.ts'
import type { Scenario, ScenarioResult } from './scenario.ts'
import type { Outcome } from './table.ts'

export interface ScenarioCall {
  readonly name: string
  readonly long: boolean
  readonly seed: number
}

/** What the scenario's process says: about itself, while it runs, and at its end. */
export type ScenarioMessage =
  | {
      readonly type: 'begin'
      readonly fault: string
      readonly injected: string
      readonly longMinutes: number
    }
  | { readonly type: 'say'; readonly line: string }
  | { readonly type: 'end'; readonly result: ScenarioResult }

const child = fileURLToPath(new URL('./scenario-process.ts', import.meta.url))
/** From the signal to the end of what a scenario cleans up. */
const CLEAN_UP_MS = 30_000

export const runScenario = async (
  call: ScenarioCall,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<Outcome> => {
  const startedMs = Date.now()
  let about: Pick<Scenario, 'fault' | 'injected'> = { fault: call.name, injected: '' }
  const result = await new Promise<ScenarioResult>((resolve) => {
    const running = fork(child, [JSON.stringify(call)], { detached: true })
    let last: ScenarioResult | undefined
    let limit = signal
    let killer: NodeJS.Timeout | undefined
    const onLimit = () => {
      if (running.connected) running.send({ type: 'abort' })
      killer ??= setTimeout(() => killGroup(running.pid), CLEAN_UP_MS)
    }
    signal.addEventListener('abort', onLimit, { once: true })
    running.on('message', (message: ScenarioMessage) => {
      if (message.type === 'begin') {
        about = { fault: message.fault, injected: message.injected }
        limit = deadline(message.longMinutes * 60_000, signal)
        limit.addEventListener('abort', onLimit, { once: true })
      } else if (message.type === 'say') say(message.line)
      else last = message.result
    })
    running.once('exit', (code) => {
      clearTimeout(killer)
      signal.removeEventListener('abort', onLimit)
      limit.removeEventListener('abort', onLimit)
      killGroup(running.pid)
      const why = limit.aborted ? 'it was not done in its time' : `its process ended with ${code}`
      const { broken, ...rest }: ScenarioResult = last ?? { held: false, broken: [], figures: {} }
      const all = last === undefined || limit.aborted ? [...broken, why] : broken
      resolve({ ...rest, broken: all, held: all.length === 0 && rest.skipped === undefined })
    })
  })
  for (const sentence of result.broken) say(`BROKEN: ${sentence}`)
  if (result.skipped !== undefined) say(`skipped: ${result.skipped}`)
  return { name: call.name, ...about, seconds: Math.round((Date.now() - startedMs) / 1000), result }
}

/** Nothing of a scenario outlives it. */
const killGroup = (pid: number | undefined): void => {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The group is empty: everything ended by itself.
  }
}
