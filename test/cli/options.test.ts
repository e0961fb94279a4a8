import { readFileSync } from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import { type CommandName, commandOptions } from '../../src/cli/options/command-options.ts'
import { optionRows } from '../../src/cli/options/document.ts'
import { flagName, variableName } from '../../src/cli/options/names.ts'
import { resolveOptions, type Sources, unknownVariables } from '../../src/cli/options/resolve.ts'
import { type OptionName, options } from '../../src/cli/options/table.ts'

const sources = (given: Partial<Sources> & { file?: unknown } = {}): Sources => ({
  flags: {},
  environment: {},
  readFile: () => (given.file === undefined ? undefined : JSON.stringify(given.file)),
  ...given,
})

test('without anything given, the defaults hold', (t) => {
  const values = resolveOptions('node', sources())
  t.is(values.apiPort, 26_780)
  t.is(values.apiHost, '127.0.0.1')
  t.deepEqual(values.listen, ['/ip4/0.0.0.0/tcp/26700'])
  t.is(values.genesis, undefined)
  t.false(values.oneAddress)
})

test('a flag goes before the environment, that before the file, that before the default, for any mixture', (t) => {
  fc.assert(
    fc.property(
      fc.option(fc.nat(65_535)),
      fc.option(fc.nat(65_535)),
      fc.option(fc.nat(65_535)),
      (flag, variable, inFile) => {
        const { apiPort } = resolveOptions(
          'node',
          sources({
            flags: flag === null ? {} : { apiPort: String(flag) },
            environment: variable === null ? {} : { WEFT_API_PORT: String(variable) },
            file: inFile === null ? {} : { apiPort: inFile },
          }),
        )
        return apiPort === (flag ?? variable ?? inFile ?? 26_780)
      },
    ),
  )
  t.pass()
})

test('lists are replaced whole, never merged', (t) => {
  const a = '/ip4/10.0.0.1/tcp/1'
  const b = '/ip4/10.0.0.2/tcp/1'
  const c = '/ip4/10.0.0.3/tcp/1'
  const file = { listen: [c] }
  const environment = { WEFT_LISTEN: `${a}, ${b}` }
  t.deepEqual(resolveOptions('node', sources({ flags: { listen: [a] }, environment, file })).listen, [a])
  t.deepEqual(resolveOptions('node', sources({ environment, file })).listen, [a, b])
  t.deepEqual(resolveOptions('node', sources({ file })).listen, [c])
})

test('switches can be turned off again by what goes before', (t) => {
  const file = { validator: true }
  t.true(resolveOptions('init', sources({ file })).validator)
  t.false(resolveOptions('init', sources({ file, environment: { WEFT_VALIDATOR: 'false' } })).validator)
  t.true(
    resolveOptions('init', sources({ environment: { WEFT_VALIDATOR: 'false' }, flags: { validator: true } }))
      .validator,
  )
})

test('a switch with an address stands alone, or says where, in every form', (t) => {
  const usual = { host: '127.0.0.1', port: 3_100 }
  const altda = (given: Parameters<typeof sources>[0]) => resolveOptions('node', sources(given)).altda
  t.is(altda({}), undefined)
  t.deepEqual(altda({ flags: { altda: true } }), usual)
  t.deepEqual(altda({ environment: { WEFT_ALTDA: 'true' } }), usual)
  t.deepEqual(altda({ file: { altda: true } }), usual)
  t.deepEqual(altda({ flags: { altda: '4000' } }), { ...usual, port: 4_000 })
  t.deepEqual(altda({ file: { altda: '0.0.0.0:1' } }), { host: '0.0.0.0', port: 1 })
  t.deepEqual(altda({ environment: { WEFT_ALTDA: '[::1]:2' } }), { host: '::1', port: 2 })
})

test('an empty variable counts as not set', (t) => {
  t.is(resolveOptions('node', sources({ environment: { WEFT_API_PORT: '' } })).apiPort, 26_780)
})

test('the config file is the one that is named, or config.json in the folder', (t) => {
  const asked: string[] = []
  const readFile = (path: string) => {
    asked.push(path)
    return '{}'
  }
  resolveOptions('node', sources({ readFile }))
  resolveOptions('node', sources({ readFile, flags: { dir: 'alice' } }))
  resolveOptions('node', sources({ readFile, environment: { WEFT_DIR: 'bob' } }))
  resolveOptions('status', sources({ readFile }))
  resolveOptions('status', sources({ readFile, flags: { config: 'my.json' } }))
  t.deepEqual(asked, ['.weft/config.json', 'alice/config.json', 'bob/config.json', 'my.json'])
})

const bad: readonly (readonly [string, CommandName, Partial<Sources> & { file?: unknown }, RegExp])[] = [
  [
    'a flag',
    'node',
    { flags: { apiPort: 'x' } },
    /^expected a whole number from 0 to 65535 for --api-port, got "x"$/,
  ],
  ['a flag out of bounds', 'node', { flags: { apiPort: '65536' } }, /65535 for --api-port, got "65536"/],
  ['an empty flag', 'node', { flags: { dir: '' } }, /for --dir, got ""/],
  [
    'a variable',
    'light',
    { environment: { WEFT_FAILURE_PROBABILITY: '1' } },
    /number between 0 and 1 for the variable WEFT_FAILURE_PROBABILITY, got "1"/,
  ],
  ['a key of the file', 'node', { file: { apiPort: '1' } }, /for "apiPort" in \.weft\/config\.json, got "1"/],
  [
    'a multiaddr',
    'node',
    { flags: { listen: ['0.0.0.0:1'] } },
    /expected a multiaddr, such as .* for --listen, got "0\.0\.0\.0:1"/,
  ],
  ['a bootnode without peer id', 'node', { flags: { bootnodes: ['/ip4/1.2.3.4/tcp/1'] } }, /with a peer id/],
  ['a URL', 'status', { flags: { api: 'localhost:1' } }, /expected a URL/],
  ['a trusted header', 'light', { flags: { trusted: '5:abcd' } }, /height and root/],
  ['an address', 'node', { flags: { beacon: 'host:x' } }, /127\.0\.0\.1:3500, or true for --beacon/],
  ['an address out of bounds', 'node', { flags: { nitro: '1.2.3.4:65536' } }, /for --nitro/],
  ['a backend', 'node', { flags: { kzg: 'gpu' } }, /one of kernels, native, kzg-wasm/],
  ['a switch in the file', 'init', { file: { validator: 'yes' } }, /true or false/],
  ['an unknown key', 'node', { file: { apiPrt: 1 } }, /only names of options .* got "apiPrt"/],
  ['an inherited name as a key', 'node', { readFile: () => '{"toString":1}' }, /got "toString"/],
  ['a file that is no object', 'node', { file: [1] }, /one JSON object/],
  ['a file that is no JSON', 'node', { readFile: () => '{"a":' }, /^expected JSON in the config file/],
  ['a named file that is not there', 'node', { flags: { config: 'x.json' } }, /at x\.json, there is none/],
  ['a file that names its own folder', 'node', { file: { dir: 'x' } }, /expected no "dir"/],
  ['a file that names a file', 'node', { file: { config: 'x' } }, /got "config"/],
]
for (const [what, command, given, message] of bad) {
  test(`what cannot be read in ${what} is one sentence`, (t) => {
    const error = t.throws(() => resolveOptions(command, sources(given)), { code: 'usage', message })
    t.false(error?.message.includes('\n'))
  })
}

test('variables that are no option are named', (t) => {
  t.deepEqual(unknownVariables({ WEFT_API_PRT: '1', WEFT_API_PORT: '1', PATH: '' }), ['WEFT_API_PRT'])
})

test('names make different flags and variables', (t) => {
  const names = Object.keys(options)
  t.is(flagName('apiPort'), 'api-port')
  t.is(variableName('apiPort'), 'WEFT_API_PORT')
  t.is(new Set(names.map(flagName)).size, names.length)
  t.is(new Set(names.map(variableName)).size, names.length)
})

test('each default is a value of its kind, as text too', (t) => {
  for (const name of Object.keys(options) as OptionName[]) {
    const { kind, default: value } = options[name] as (typeof options)['apiPort']
    if (value === undefined) continue
    t.deepEqual(kind.fromJson(value), value, name)
    const text = kind.show(value)
    if (text !== 'none') t.deepEqual(kind.fromText(text), value, name)
  }
})

test('every option belongs to a command', (t) => {
  const used = new Set<string>(Object.values(commandOptions).flat())
  t.deepEqual(
    Object.keys(options).filter((name) => !used.has(name)),
    [],
  )
})

test('docs/configuration.md lists every option as it is', (t) => {
  const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')
  const lines = page.split('\n')
  const rows = lines.slice(lines.indexOf('| --- | --- | --- | --- | --- | --- |') + 1)
  t.deepEqual(
    rows.slice(0, rows.indexOf('')),
    [...optionRows()],
    'the table of docs/configuration.md is that of optionRows() in src/cli/options/document.ts',
  )
})
