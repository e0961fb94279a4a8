import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { createCollector } from '../../src/kernel/collector.ts'

const MEBIBYTE = 2 ** 20

test('a thread collects when jobs have left much, and not for little', (t) => {
  let bytes = 30 * MEBIBYTE
  let collections = 0
  const afterwards = createCollector({
    externalBytes: () => bytes,
    collect() {
      collections += 1
      bytes = 31 * MEBIBYTE
    },
  })
  bytes += 10 * MEBIBYTE
  afterwards()
  t.is(collections, 0)
  bytes += 10 * MEBIBYTE
  afterwards()
  t.is(collections, 1)
  // A result that was transferred: what comes behind it counts from there.
  bytes = 5 * MEBIBYTE
  afterwards()
  bytes = 22 * MEBIBYTE
  afterwards()
  t.is(collections, 2)
})

test('buffers that a thread let go of are gone with --expose-gc, and nothing fails without it', (t) => {
  const module = new URL('../../src/kernel/collector.ts', import.meta.url).href
  const code = `
    import { createCollector } from '${module}'
    const external = () => process.memoryUsage().arrayBuffers
    const afterwards = createCollector()
    const before = external()
    for (let i = 0; i < 24; i++) new Uint8Array(2 ** 20).fill(1)
    afterwards()
    console.log(external() - before < 4 * 2 ** 20)`
  const said = (flags: readonly string[]) =>
    spawnSync(process.execPath, [...flags, '--input-type=module', '--eval', code], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      encoding: 'utf8',
    })
  t.is(said(['--expose-gc']).stdout.trim(), 'true')
  const without = said([])
  t.is(without.status, 0, without.stderr)
})
