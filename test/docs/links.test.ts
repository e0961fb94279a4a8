import { existsSync, readdirSync, statSync } from 'node:fs'
import { posix } from 'node:path'
import test from 'ava'
import { type Commands, commands } from '../../src/cli/commands.ts'
import type { Context } from '../../src/cli/context.ts'
import { run } from '../../src/cli/run.ts'
import { defaultLimits } from '../../src/network/limits.ts'
import { anchors, blocks, pages, prose, read, root } from './pages.ts'

const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts)

/** A file, or a folder with something in it: empty ones are not in a clone. */
const isThere = (path: string): boolean =>
  existsSync(`${root}${path}`) &&
  (!statSync(`${root}${path}`).isDirectory() || readdirSync(`${root}${path}`).length > 0)

/** Whether the command line would be run, and as what: everything but the command itself. */
const judgeCommand = async (words: readonly string[]) => {
  const complaints: string[] = []
  let ran = ''
  const stubOf = (name: string) => async () => async () => {
    ran = name
    return 0
  }
  const stubs = Object.entries(commands).map(([name, entry]) => [name, { ...entry, load: stubOf(name) }])
  const terminal = { columns: 80, out: () => {}, err: (text: string) => complaints.push(text) }
  const context = { terminal } as unknown as Context
  const call = { argv: words, environment: {}, version: '0' }
  const code = await run(call, context, Object.fromEntries(stubs) as unknown as Commands)
  return { name: ran, code, complaints: complaints.join() }
}

for (const page of pages()) {
  const text = read(page)

  test(`links of ${page} lead somewhere`, (t) => {
    const links = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
    const broken = links.filter((target) => {
      if (/^https?:/.test(target)) return !URL.canParse(target)
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? page : posix.join(posix.dirname(page), path)
      if (!existsSync(`${root}${file}`)) return true
      return anchor !== undefined && !anchors(read(file)).has(anchor)
    })
    t.deepEqual(broken, [])
  })

  test(`files and scripts that ${page} names exist`, (t) => {
    const files = [...text.matchAll(/`((?:src|test|docs|vectors|assembly|bench)\/[\w./-]*)`/g)]
    t.deepEqual(
      files.map(([, file = '']) => file).filter((file) => !isThere(file)),
      [],
    )
    const run = [...text.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, script = '']) => script)
    const short = [...text.matchAll(/npm (start|test)\b/g)].map(([, script = '']) => script)
    t.deepEqual(
      [...run, ...short].filter((script) => !scripts.includes(script)),
      [],
    )
  })

  test(`commands of ${page} are commands that there are`, async (t) => {
    const lines = blocks(text)
      .flatMap(({ code }) => code.split('\n'))
      .map((line) => line.replace(/^\$ /, '').replace(/ +#.*$/, ''))
      .filter((line) => /^weft [a-z]/.test(line))
    for (const line of lines) {
      const words = line
        .replace(/\s[|>].*$/, '')
        .split(/\s+/)
        .slice(1)
      const { name, code, complaints } = await judgeCommand(words)
      t.is(code, 0, `${line}: ${complaints}`)
      t.is(name, words[0] ?? '', line)
    }
    t.pass()
  })
}

test('docs/operations.md has every limit with its default', (t) => {
  const text = read('docs/operations.md')
  const rows = text.split('\n').filter((line) => line.startsWith('| `'))
  for (const [name, value] of Object.entries(defaultLimits)) {
    const shown =
      value >= 2 ** 20 && value % 2 ** 20 === 0 ? `${value / 2 ** 20} MiB` : value.toLocaleString('en-US')
    t.true(
      rows.some((row) => row.includes(`\`${name}\``) && row.includes(shown)),
      `${name} of ${shown}`,
    )
  }
})
