// The soak in its quick form: a quarter of a minute of three nodes from source. That nothing climbs takes an hour to see; here all
// of it runs, every process is measured, and nothing is lost.

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { measures } from './judge.ts'

const ROLES = ['validator', 'full', 'light']

test('a soak measures every process, and says what was certified and read', async (t) => {
  t.timeout(240_000)
  const out = await mkdtemp(join(tmpdir(), 'weft-soak-'))
  t.teardown(() => rm(out, { recursive: true, force: true }))
  const options = '--source --nodes 1,1,1 --minutes 0.25 --publish-every-ms 1000 --sample-every-ms 1000'
  const said = await new Promise<string>((resolve) => {
    const args = [join(import.meta.dirname, 'run.ts'), '--out', out, ...options.split(' ')]
    execFile(process.execPath, args, { timeout: 200_000 }, (_, stdout, stderr) => resolve(stdout + stderr))
  })
  const result = JSON.parse(
    await readFile(join(out, 'result.json'), 'utf8').catch(() => t.fail(said) as never),
  )
  t.true(result.blobs > 0, said)
  t.true(result.reads.right > 0, said)
  // A machine with tests beside it may be late, or have long turns.
  const wrong = /ended by itself|stopped with|not certified|reads wrong|no blob|no measurements/
  t.deepEqual(
    result.broken.filter((sentence: string) => wrong.test(sentence)),
    [],
    said,
  )
  t.deepEqual(
    new Set(result.measures.map((each: { node: string; measure: string }) => `${each.node} ${each.measure}`)),
    new Set(ROLES.flatMap((role) => Object.keys(measures).map((name) => `${role}-1 ${name}`))),
  )
  const csv = await readFile(join(out, 'samples.csv'), 'utf8')
  for (const role of ROLES)
    t.true(csv.split('\n').filter((line) => line.startsWith(`${role}-1,`)).length >= 10)
  t.regex(await readFile(join(out, 'soak.svg'), 'utf8'), /^<svg /)
})
