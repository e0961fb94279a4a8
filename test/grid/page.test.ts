// What a light client needs of this room loads in a page: a bundle of it for browsers imports nothing of Node.

import { fileURLToPath } from 'node:url'
import test from 'ava'
import { build } from 'esbuild'

const entry = `
  export { checkTiles } from './tiles.ts'
  export { checkColumn, checkColumnProofs } from './columns.ts'
  export { restoreData } from './restore.ts'
  export { readBlob, readRange, tilesOfRange } from './read.ts'
  export { requiredSamples } from './sampling-bound.ts'
  export { createLocalEngine } from './local-engine.ts'
  export { jobsOf, engineOf } from './jobs.ts'
  export { blobIdOf } from './blob.ts'
`

test('tiles, columns, reading and the local engine import nothing of Node', async (t) => {
  const { metafile, warnings } = await build({
    stdin: {
      contents: entry,
      resolveDir: fileURLToPath(new URL('../../src/grid', import.meta.url)),
      loader: 'ts',
    },
    bundle: true,
    write: false,
    metafile: true,
    platform: 'browser',
    format: 'esm',
    // The pool's serving side names node:worker_threads in a branch that a page never takes.
    external: ['node:*'],
    logLevel: 'silent',
  })
  const ofNode = Object.entries(metafile.inputs).flatMap(([file, { imports }]) =>
    imports.filter(({ path }) => path.startsWith('node:')).map(({ path }) => `${file} ${path}`),
  )
  t.deepEqual(ofNode, ['src/kernel/pool-serve.ts node:worker_threads'])
  t.deepEqual(warnings, [])
})
