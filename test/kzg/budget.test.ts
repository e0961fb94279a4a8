import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { build } from 'esbuild'
import { memoryBudgets } from '../../src/kernel/memory.ts'

const KIB = 1024
const gzipped = (bytes: Uint8Array): number => gzipSync(bytes, { level: 9 }).length
const built = (name: string): Uint8Array => readFileSync(new URL(`../../build/${name}`, import.meta.url))

test('both modules stay within 110 KiB compressed', (t) => {
  for (const kind of ['float', 'integer']) t.true(gzipped(built(`kernel-${kind}.wasm`)) <= 110 * KIB, kind)
})

test('what a page needs to verify stays under 200 KiB compressed, and nothing of it is for Node alone', async (t) => {
  const entry = new URL('../../src/kzg/index.ts', import.meta.url).pathname
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    platform: 'browser',
    format: 'esm',
    external: ['node:*'],
  })
  const script = gzipped(outputFiles[0]!.contents)
  for (const kind of ['float', 'integer']) {
    const total = script + gzipped(built(`kernel-${kind}.wasm`)) + gzipped(built('setup/verify.bin'))
    t.true(total < 200 * KIB, `${kind}: ${total}`)
  }
  const inputs = Object.keys(metafile.inputs)
  t.deepEqual(
    inputs.filter((input) => /blst|node-eth-kzg|kzg-wasm|noble\/curves/.test(input)),
    [],
  )
  // Node's modules are asked for at run time only, and only where they are.
  for (const imported of outputFiles[0]!.text.matchAll(/import\s*[^(]*from\s*"(node:[^"]+)"/g))
    t.fail(imported[1])
})

test('a verifier has 24 MiB of memory, a prover 96', (t) => {
  t.deepEqual(memoryBudgets, { verifier: 24 * KIB * KIB, prover: 96 * KIB * KIB })
})
