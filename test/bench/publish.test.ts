// The load program in its smallest form: some publishers and readers against one real node process.

import test from 'ava'
import { quantile } from '../../bench/publish/quantile.ts'
import { createRun } from '../../bench/publish/run.ts'
import { createProcessNet } from '../faults/support/processes.ts'
import { temporaryFolder } from '../node/support.ts'

test('what publishers were told is published is certified and read back, and every request has an answer', async (t) => {
  t.timeout(240_000)
  const folder = await temporaryFolder()
  const net = await createProcessNet({
    folder: folder.path,
    nodes: [{ name: 'validator-1', role: 'validator' }],
    genesis: { maxRows: 8, maxBands: 2, blockIntervalMs: 300, idleIntervalMs: 1_000 },
  })
  t.teardown(async () => {
    await net.close()
    await folder.remove()
  })
  const { api } = await net.start('validator-1')
  const run = await createRun(
    { publishers: 6, readers: 4, ms: 6_000, bytes: 4_000, settleMs: 120_000 },
    { urls: [api], say: () => {} },
  )
  t.true(run.acknowledged >= 6)
  t.is(run.lost, 0)
  t.is(run.unreadable, 0)
  t.is(run.hung, 0)
  t.is(run.laterWithoutTime, 0)
  t.deepEqual(run.failures, {})
})

test('a quantile is the least value that a share of them does not exceed', (t) => {
  t.is(quantile([], 0.5), 0)
  t.is(quantile([3, 1, 2, 4], 0.5), 2)
  t.is(quantile([3, 1, 2, 4], 0.99), 4)
})
