// A process that writes and says what was acknowledged, one line each, until it is killed (kill.test.ts).
// Arguments: folder, first height.

import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { createStore } from '../../src/store/store.ts'
import { columnOf, entryOf, proposalOf, rootOf } from './helpers.ts'

/** Blocks that arrived (at their height, in ms) less than this before the last one are kept. */
const KEPT_HEIGHTS = 15
const [location, start] = process.argv.slice(2) as [string, string]
const store = createStore(
  { location, signingLocation: `${location}-signing`, writeBufferBytes: 128 * 1024 },
  { log: silent, metrics: noMetrics },
)
await store.open()
const say = (line: string) => process.stdout.write(`${line}\n`)
say('open')
for (let height = Number(start); ; height++) {
  const entries = [entryOf(1, 0, height)]
  const proposal = proposalOf(height, height, 2, entries)
  await store.putSigningRecord({ height, nil: false, notarised: rootOf(height) })
  say(`signed ${height}`)
  await store.putBlock(
    rootOf(height),
    proposal,
    [0, 1, 2, 3].map((index) => columnOf(proposal, index)),
  )
  say(`block ${height}`)
  await store.putFinal(rootOf(height), height, entries, height)
  say(`final ${height}`)
  if (height % 5 === 0) await store.prune(height - KEPT_HEIGHTS)
}
