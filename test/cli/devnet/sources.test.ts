import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { freePorts } from '../../../src/cli/devnet/free-ports.ts'
import { givenSources, usualSources } from '../../../src/cli/devnet/sources.ts'
import { temporaryFolder } from '../support.ts'

const repository = join(import.meta.dirname, '../../..')

test('the usual sources are small, middling and 3 MB, and the same every time', (t) => {
  const sources = usualSources(repository)
  const [small, middling, large] = sources.map(({ data }) => data.length)
  t.true(small! >= 300 && small! < 1_000)
  t.true(middling! > 50_000 && middling! <= 200_000)
  t.is(large, 3_000_000)
  t.deepEqual(usualSources(repository), sources)
})

test('what is installed, made or hidden is left out', (t) => {
  const folder = temporaryFolder(t)
  for (const [name, content] of [
    ['node_modules/a', 'installed'],
    ['dist/a', 'made'],
    ['.git/a', 'hidden'],
    ['src/a.ts', 'x'.repeat(301)],
  ] as const) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  const [small, , bundle] = usualSources(folder)
  t.is(small?.file, 'src/a.ts')
  const text = new TextDecoder().decode(bundle?.data)
  t.true(text.startsWith('src/a.ts 301\nxxx'))
  t.notRegex(text, /installed|made|hidden/)
})

test("a user's files are taken as they are, and judged before anything runs", (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'mine.bin')
  writeFileSync(path, Uint8Array.of(1, 2, 3))
  t.deepEqual(givenSources([path], 10), [{ file: 'mine.bin', data: Uint8Array.of(1, 2, 3) }])
  t.throws(() => givenSources([path], 2), {
    code: 'usage',
    message: /expected 1 to 2 bytes in .*mine\.bin, got 3/,
  })
  writeFileSync(path, '')
  t.throws(() => givenSources([path], 10), { code: 'usage', message: /got 0/ })
  t.throws(() => givenSources([join(folder, 'none')], 10), { code: 'usage', message: /no such file/ })
})

test('free ports are different ones below those of outgoing connections', async (t) => {
  const ports = await freePorts(9)
  t.is(new Set(ports).size, 9)
  t.true(ports.every((port) => port >= 20_000 && port < 32_000))
})
