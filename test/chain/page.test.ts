// What a light node in a page needs of the chain runs in a page: no modules of Node, no native code.

import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { build } from 'esbuild'

const room = new URL('../../src/chain/', import.meta.url)

test('everything in src/chain but the native backend can be bundled for a page', async (t) => {
  const files = readdirSync(room).filter((name) => name !== 'bls-blst.ts')
  const result = await build({
    stdin: {
      contents: files.map((name) => `export * as ${name.replace(/\W/g, '_')} from './${name}'`).join('\n'),
      resolveDir: fileURLToPath(room),
    },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    metafile: true,
    logLevel: 'silent',
  })
  t.deepEqual(result.errors, [])
  const inputs = Object.keys(result.metafile.inputs)
  t.true(inputs.some((path) => path.endsWith('src/chain/finality.ts')))
  t.deepEqual(
    inputs.filter((path) => path.includes('@chainsafe/blst')),
    [],
  )
  t.deepEqual(
    Object.values(result.metafile.inputs).flatMap(({ imports }) =>
      imports.filter(({ external }) => external),
    ),
    [],
  )
})
