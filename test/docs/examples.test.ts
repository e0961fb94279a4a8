// Code that the pages and the docstrings show: blocks marked `runnable`, and `@example` blocks of docstrings. All of it
// is checked for types; what needs no node is run as well. The package's entries stand for their sources.

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import ts from 'typescript'
import { blocks, pages, read, root, sources } from './pages.ts'

/** Entry of the package to the source that it is built from. */
const entries = Object.entries(
  (JSON.parse(read('package.json')) as { exports?: Record<string, string | { default: string }> }).exports ??
    {},
).flatMap(([name, target]) =>
  typeof target === 'string'
    ? []
    : [[`weft-da${name.slice(1)}`, target.default.replace(/^\.\/dist\/(.*)\.js$/, 'src/$1.ts')] as const],
)

interface Example {
  readonly from: string
  readonly code: string
  readonly needsNode: boolean
}

const ofPages = pages().flatMap((page) =>
  blocks(read(page))
    .filter(({ language, marks }) => language === 'ts' && marks.includes('runnable'))
    .map(
      ({ code, marks }, i): Example => ({
        from: `${page}, ${i + 1}`,
        code,
        needsNode: marks.includes('api'),
      }),
    ),
)

const ofDocstrings = sources().flatMap((file) =>
  [...read(file).matchAll(/@example\n((?: *\*.*\n)+)/g)].flatMap(([, body = '']) =>
    blocks(body.replaceAll(/^ *\* ?/gm, '')).map(
      ({ code }): Example => ({ from: file, code, needsNode: false }),
    ),
  ),
)

const examples: readonly Example[] = [...ofPages, ...ofDocstrings]

/** The example with entries of the package replaced by their sources. */
const onSources = (code: string): string =>
  entries.reduce(
    (text, [name, source]) =>
      text.replaceAll(`from '${name}'`, `from '${pathToFileURL(join(root, source))}'`),
    code,
  )

test('there are examples, and they are right in their types', (t) => {
  t.true(ofPages.length > 0)
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config as object
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const files = new Map(
    examples.map(({ code }, i) => [join(root, `test/docs/example-${i}.ts`), `${code}\nexport {}\n`]),
  )
  const checked = {
    ...options,
    noUnusedLocals: false,
    paths: Object.fromEntries(entries.map(([name, source]) => [name, [`./${source}`]])),
  }
  const host = ts.createCompilerHost(checked)
  const { readFile, fileExists, getSourceFile } = host
  host.fileExists = (name) => files.has(name) || fileExists(name)
  host.readFile = (name) => files.get(name) ?? readFile(name)
  host.getSourceFile = (name, target) => {
    const code = files.get(name)
    return code === undefined ? getSourceFile(name, target) : ts.createSourceFile(name, code, target)
  }
  const program = ts.createProgram([...files.keys()], checked, host)
  const faults = [...files.keys()].flatMap((name) => {
    const file = program.getSourceFile(name)
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText }) => `${name}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    )
  })
  t.deepEqual(faults, [])
})

for (const { from, code, needsNode } of examples) {
  if (needsNode) continue
  test(`the example of ${from} runs and says what it claims`, async (t) => {
    t.timeout(120_000)
    const folder = mkdtempSync(join(tmpdir(), 'weft-example-'))
    try {
      const file = join(folder, 'example.ts')
      writeFileSync(file, onSources(code))
      const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: root, timeout: 100_000 })
      const claimed = [...code.matchAll(/console\.log\(.*\) \/\/ (.+)$/gm)].map(([, said = '']) => said)
      t.true(claimed.length > 0, 'expected an example that prints something')
      t.deepEqual(stdout.trim().split('\n'), claimed)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}
