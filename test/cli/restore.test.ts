// `weft restore` where nothing can be restored. That it brings a block back is in test/node/restore-block.test.ts.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { lastJson, temporaryFolder, weft } from './support.ts'

test('weft restore says what it was not given, and leaves what is there alone', async (t) => {
  const cwd = temporaryFolder(t)
  for (const args of [
    ['0', '--out', 'back'],
    ['-1', '--out', 'back'],
    ['x', '--out', 'back'],
    ['5'],
    ['5', '--out', '.'],
  ]) {
    const ended = await weft(['restore', ...args, '--json'], { cwd })
    t.is(ended.code, 2, args.join(' '))
  }
  t.false(existsSync(join(cwd, 'back')))
})

test('weft restore without a peer ends at its deadline with "not now", and writes nothing', async (t) => {
  const cwd = temporaryFolder(t)
  t.is((await weft(['genesis', '--validators', '1', '--out', 'net'], { cwd })).code, 0)
  t.is((await weft(['init', '--dir', 'me', '--genesis', 'net/genesis.json'], { cwd })).code, 0)
  const place = ['--dir', 'me', '--out', 'back', '--listen', '/ip4/127.0.0.1/tcp/0']
  const ended = await weft(['restore', '7', ...place, '--deadline-ms', '2000', '--json'], { cwd })
  t.is(ended.code, 4, ended.stderr)
  t.like(lastJson(ended), { ok: false, exitCode: 4 })
  t.false(existsSync(join(cwd, 'back')))
})
