// A light node that is surrounded is told lies and believes none that matters, and recovers within the stated window
// when it reaches one honest validator (docs/sampling.md, "Recovery").

import test from 'ava'
import { isLong } from '../sampling/long.ts'
import { eclipse, startWorld, WINDOW_MS } from './eclipse/scenario.ts'

const runs = isLong
  ? (['stalled', 'empty', 'partly', 'stalled', 'empty', 'partly'] as const)
  : (['stalled'] as const)

test('a light node whose peers all collude calls nothing final that is not, and recovers by one honest validator', async (t) => {
  t.timeout(isLong ? 1_800_000 : 300_000)
  // The default where there is time, more for slow machines.
  const world = await startWorld({ sampleDeadlineMs: isLong ? 10_000 : 15_000 })
  const windowMs = WINDOW_MS + world.chain.genesis.sampleDeadlineMs
  try {
    for (const [run, refusal] of runs.entries()) {
      const found = await eclipse(world, `victim${run}`, refusal)
      t.log(
        `${refusal}: tip after ${found.tipMs} ms, available after ${found.availableMs} ms, the withheld blocks after ${found.againMs} ms; ${found.lostMs} ms lost`,
      )
      t.deepEqual(new Set(found.withheld), new Set(['unavailable']))
      // All of it was there, and still it was nothing that the validators had signed.
      t.is(found.shown, 'available')
      t.false(found.isShownFinal)
      t.false(found.staleTooEarly)
      t.false(found.staleTooLate)
      t.is(found.honestPeers, 1)
      t.true(found.sameTiles)
      t.true(found.tipMs <= windowMs + found.lostMs)
      t.true(found.availableMs <= windowMs + found.lostMs)
      t.true(found.againMs <= windowMs + found.lostMs)
    }
  } finally {
    await world.stop()
  }
})
