// The shape of a fault scenario: harm done to real nodes, and what was seen to hold afterwards. A scenario's quick form
// runs in `npm test` (a test file beside it asserts `held`), its long form under `npm run test:faults`, which prints one
// line of the table for each.

export interface ScenarioOptions {
  /** The hour-long form's share: more kills, more peers, more time. */
  readonly long: boolean
  /** Everything random in a scenario comes from it; printed, so that a failure can be run again. */
  readonly seed: number
  readonly signal: AbortSignal
  /** One line of progress. */
  readonly say: (line: string) => void
}

export interface ScenarioResult {
  /** Whether everything that must hold held. */
  readonly held: boolean
  /** What was broken, one sentence each; empty where `held`. */
  readonly broken: readonly string[]
  /** Named figures with their units in the names: `kills`, `blobsLost`, `p99BeforeMs`. */
  readonly figures: Readonly<Record<string, number | string>>
  /** Why it could not be run here (a tool that is missing): counts as neither held nor broken, and is printed. */
  readonly skipped?: string
}

export interface Scenario {
  /** kebab-case; `npm run test:faults -- NAME` runs it alone. */
  readonly name: string
  /** The fault, in words: first column of the table. */
  readonly fault: string
  /** How it is injected. */
  readonly injected: string
  /** What the long form may take; the runner ends it then and counts it as broken. All together stay below an hour. */
  readonly longMinutes: number
  readonly run: (options: ScenarioOptions) => Promise<ScenarioResult>
}
