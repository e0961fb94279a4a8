// The table at the end of a run, in Markdown, so that docs/reliability.md can quote it.

import type { ScenarioResult } from './scenario.ts'

export interface Outcome {
  readonly name: string
  readonly fault: string
  readonly injected: string
  readonly seconds: number
  readonly result: ScenarioResult
}

export const drawTable = (outcomes: readonly Outcome[]): string => {
  const rows = outcomes.map(({ name, fault, injected, seconds, result }) => [
    name,
    fault,
    injected,
    verdictOf(result),
    Object.entries(result.figures)
      .map(([figure, value]) => `${figure} ${value}`)
      .join(', '),
    `${seconds} s`,
  ])
  const head = ['scenario', 'fault', 'how it is injected', 'what held', 'figures', 'took']
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map(cellOf).join(' | ')} |`)
    .join('\n')
}

const verdictOf = ({ held, broken, skipped }: ScenarioResult): string => {
  if (broken.length > 0) return `BROKEN: ${broken.join('; ')}`
  if (skipped !== undefined) return `not run: ${skipped}`
  return held ? 'all' : 'BROKEN: it says so without a reason'
}

const cellOf = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
