// The instrument in a process of its own: a turn that computes too long is seen, one that only waited for the machine is
// not, and samples carry what the soak judges.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { readNodeLog } from './node-log.ts'

const here = import.meta.dirname

test('a turn that computes is told from a turn that waits', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-soak-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'log.jsonl')
  const words = ['--import', join(here, 'instrument.ts'), join(here, 'busy-child.ts')]
  const child = spawn(process.execPath, words, {
    env: { ...process.env, WEFT_SOAK_FILE: file, WEFT_SOAK_INTERVAL_MS: '100' },
    stdio: 'inherit',
  })
  t.is(await new Promise((resolve) => child.once('exit', resolve)), 0)

  const { samples, longTurns } = readNodeLog({ name: 'child', role: 'light', file })
  const computed = longTurns.filter(({ cpuMs, gcMs }) => cpuMs - gcMs > 80)
  // Loading the modules may be another one, on a slow machine.
  t.true(computed.length >= 1 && computed.length <= 2, JSON.stringify(longTurns))
  t.true(samples.length >= 3)
  for (const { rssBytes, descriptors, timers } of samples) {
    t.true(rssBytes > 2 ** 20)
    t.true(descriptors > 0 || process.platform !== 'linux')
    t.true(timers >= 0)
  }
  t.true(Math.max(...samples.map(({ delayMaxMs }) => delayMaxMs)) > 100)
})
