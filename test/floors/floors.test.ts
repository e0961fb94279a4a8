// The check of the floors bites: a small house that breaks each of its rules is refused for just these reasons.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'

const run = promisify(execFile)
const root = new URL('../../', import.meta.url)

test('a file that looks up, or at a room of its own floor, is refused', async (t) => {
  const { stdout } = await run(
    process.execPath,
    [
      fileURLToPath(new URL('node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', root)),
      ...[
        '--config',
        fileURLToPath(new URL('.dependency-cruiser.cjs', root)),
        '--output-type',
        'json',
        'src',
      ],
    ],
    { cwd: fileURLToPath(new URL('house', import.meta.url)), maxBuffer: 2 ** 24 },
  )
  const { summary } = JSON.parse(stdout)
  const broken = summary.violations.map(
    ({ rule, from, to }: { rule: { name: string }; from: string; to: string }) =>
      [rule.name, from, to].join(' '),
  )
  t.deepEqual(broken.toSorted(), [
    'base-stands-alone src/base/up.ts src/node/node.ts',
    'floor-0-base src/base/up.ts src/node/node.ts',
    'floor-5-store src/store/left.ts src/network/right.ts',
  ])
})
