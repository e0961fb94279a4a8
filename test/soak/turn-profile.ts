// What the main thread was doing in a turn that took long: the sampling profiler runs all the time, and its samples of
// the last moments are counted by stack. It costs a few per cent of CPU and is on only where asked for.

import { Session } from 'node:inspector/promises'

export interface TurnProfile {
  /** The commonest stacks of the last `wallMs`, innermost frame first; clears what was collected. */
  take(wallMs: number): Promise<readonly string[]>
}

const SAMPLE_US = 1_000
const FRAMES = 12
const STACKS = 6

export const startTurnProfile = (): TurnProfile => {
  const session = new Session()
  session.connect()
  let ready = session
    .post('Profiler.enable')
    .then(() => session.post('Profiler.setSamplingInterval', { interval: SAMPLE_US }))
    .then(() => session.post('Profiler.start'))
    .then(() => {})
  let busy = false
  return {
    async take(wallMs) {
      if (busy) return []
      busy = true
      try {
        await ready
        const { profile } = await session.post('Profiler.stop')
        ready = session.post('Profiler.start').then(() => {})
        return wallMs === 0 ? [] : stacksOf(profile, wallMs)
      } finally {
        busy = false
      }
    },
  }
}

interface Node {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  readonly children?: readonly number[] | undefined
}

interface Profile {
  readonly nodes: readonly Node[]
  readonly samples?: readonly number[] | undefined
  readonly timeDeltas?: readonly number[] | undefined
}

const stacksOf = ({ nodes, samples = [], timeDeltas = [] }: Profile, wallMs: number): readonly string[] => {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])))
  const counts = new Map<string, number>()
  let leftUs = (wallMs + 20) * 1000
  for (let i = samples.length - 1; i >= 0 && leftUs > 0; i--) {
    leftUs -= timeDeltas[i] ?? 0
    const frames: string[] = []
    for (
      let id: number | undefined = samples[i];
      id !== undefined && frames.length < FRAMES;
      id = parents.get(id)
    ) {
      const frame = byId.get(id)?.callFrame
      if (frame === undefined || frame.functionName === '(root)') continue
      const file = frame.url.replace(/^.*\/(node_modules|src|test)\//, '$1/')
      frames.push(`${frame.functionName || '(anonymous)'} ${file}:${frame.lineNumber + 1}`)
    }
    if (frames[0]?.startsWith('(idle)')) continue
    const stack = frames.join(' < ')
    counts.set(stack, (counts.get(stack) ?? 0) + 1)
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, STACKS)
    .map(([stack, count]) => `${count} ms ${stack}`)
}
