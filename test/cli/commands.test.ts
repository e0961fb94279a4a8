import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { toHex } from '../../src/base/bytes.ts'
import { createNobleBls } from '../../src/chain/bls-noble.ts'
import { chainOf } from '../../src/chain/chain.ts'
import { parseGenesis } from '../../src/chain/genesis-json.ts'
import { type CommandName, commandOptions } from '../../src/cli/options/command-options.ts'
import { flagName, variableName } from '../../src/cli/options/names.ts'
import { lastJson, temporaryFolder, weft } from './support.ts'

test('help names every command, the precedence and the exit codes', async (t) => {
  const { code, stdout } = await weft(['--help'])
  t.is(code, 0)
  for (const name of Object.keys(commandOptions)) t.regex(stdout, new RegExp(`^  ${name} `, 'm'))
  t.regex(stdout, /flag goes before the variable/)
  t.regex(stdout, /Exit codes: 0 done/)
})

for (const name of Object.keys(commandOptions) as CommandName[]) {
  test(`the help of ${name} has each of its options with its variable, and examples`, async (t) => {
    const { code, stdout } = await weft([name, '--help'])
    t.is(code, 0)
    for (const option of commandOptions[name]) {
      t.true(stdout.includes(`--${flagName(option)}`), option)
      t.true(stdout.replaceAll(/\s+/g, ' ').includes(`[${variableName(option)}`), option)
    }
    t.regex(stdout, /Examples:\n {2}\$ .*weft /)
  })
}

const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['an unknown command', ['nonsense'], /unknown command 'nonsense'; see weft --help/],
  ['an unknown option', ['status', '--apii', 'x'], /unknown option '--apii'.*; see weft status --help/],
  ['an option without its value', ['status', '--api'], /argument missing.*see weft status --help/],
  ['a missing argument', ['get'], /missing required argument 'blobId'; see weft get --help/],
  ['too many arguments', ['status', 'a', 'b'], /too many arguments.*; see weft status --help/],
  [
    'a value of the wrong kind',
    ['node', '--api-port', 'http'],
    /expected a whole number from 0 to 65535 for --api-port, got "http"/,
  ],
  ['a blobId that is none', ['get', 'abc'], /expected a blobId of 64 hex digits, got "abc" \(3 characters\)/],
  [
    'a file that is not there',
    ['publish', 'no-such-file', '--namespace', 'a'],
    /expected a file to publish at no-such-file: no such file or folder/,
  ],
  [
    'a folder as a file',
    ['publish', '.', '--namespace', 'a'],
    /expected a file to publish at \.: it is a folder/,
  ],
  ['no namespace', ['publish', 'x'], /expected --namespace/],
  [
    'a namespace that is too long',
    ['publish', 'x', '--namespace', 'twelve-bytes'],
    /name of 1 to 10 bytes, got "twelve-bytes" \(12 bytes\)/,
  ],
  [
    'a namespace of another version',
    ['publish', 'x', '--namespace', '01'.repeat(29)],
    /namespace of version 0/,
  ],
  [
    'a folder that is none',
    ['node', '--dir', 'nowhere'],
    /expected a node's folder at nowhere: make one with weft init --dir nowhere/,
  ],
  ['no genesis', ['genesis'], /expected the public files of validators/],
  ['two kinds of genesis', ['genesis', 'a.json', '--validators', '4'], /got both/],
  [
    'a devnet file that is not there',
    ['devnet', '--file', 'nowhere.bin'],
    /expected a file to publish at nowhere\.bin/,
  ],
]
for (const [what, args, message] of wrong) {
  test(`${what} is exit code 2 and one sentence without a stack trace`, async (t) => {
    const { code, stdout, stderr } = await weft(args, { cwd: temporaryFolder(t) })
    t.is(code, 2, stderr)
    t.is(stdout, '')
    t.regex(stderr, message)
    t.is(stderr.trimEnd().split('\n').length, 1, stderr)
    t.true(stderr.startsWith('weft: '))
  })
}

test('no command is exit code 2, with the help and a sentence on stderr', async (t) => {
  const { code, stdout, stderr } = await weft([])
  t.is(code, 2)
  t.is(stdout, '')
  t.regex(stderr, /^Usage: weft/)
  t.regex(stderr, /weft: expected a command; see weft --help\n$/)
})

test('with --json a failure is an object on stdout as well', async (t) => {
  const ended = await weft(['get', 'abc', '--json'])
  t.is(ended.code, 2)
  const { ok, exitCode, error } = lastJson(ended) as {
    ok: boolean
    exitCode: number
    error: { code: string }
  }
  t.deepEqual([ok, exitCode, error.code], [false, 2, 'usage'])
})

test('nothing that answers is exit code 4', async (t) => {
  const { code, stderr } = await weft(['status', '--api', 'http://127.0.0.1:9'])
  t.is(code, 4)
  t.regex(stderr, /nothing answers there; start a node, or name its API with --api/)
})

test('a variable that is no option is named, and not used', async (t) => {
  const { code, stderr } = await weft(['get', 'abc'], { env: { WEFT_APPI: 'x' } })
  t.is(code, 2)
  t.regex(stderr, /WEFT_APPI is no option of any command/)
})

test('init makes keys for their owner alone, and never makes them again', async (t) => {
  const cwd = temporaryFolder(t)
  const first = await weft(['init', '--dir', 'alice', '--validator', '--plain-key', '--json'], { cwd })
  t.is(first.code, 0, first.stderr)
  const dir = join(cwd, 'alice')
  const contents = () => readdirSync(dir).map((file) => [file, readFileSync(join(dir, file), 'utf8')])
  const before = contents()
  t.is(statSync(dir).mode & 0o777, 0o700)
  t.is(statSync(join(dir, 'peer.key')).mode & 0o777, 0o600)
  t.is(statSync(join(dir, 'validator.key')).mode & 0o777, 0o600)
  const second = await weft(['init', '--dir', 'alice', '--validator', '--plain-key', '--json'], { cwd })
  t.is(second.code, 0, second.stderr)
  t.deepEqual(contents(), before)
  t.deepEqual(lastJson(second).made, [])
  t.is(lastJson(second).peerId, lastJson(first).peerId)
  for (const [, content] of before.filter(([file]) => file?.endsWith('.key'))) {
    t.false(first.stdout.includes(content!.trim()), 'a secret was printed')
  }
})

test('init leaves a key that it cannot read as it is', async (t) => {
  const cwd = temporaryFolder(t)
  await weft(['init', '--dir', 'alice'], { cwd })
  const key = join(cwd, 'alice', 'peer.key')
  writeFileSync(key, 'not a key')
  const { code, stderr } = await weft(['init', '--dir', 'alice'], { cwd })
  t.is(code, 2)
  t.regex(stderr, /expected a libp2p private key in hex in alice\/peer\.key/)
  t.is(readFileSync(key, 'utf8'), 'not a key')
})

test("a validator's public file proves its key", async (t) => {
  const cwd = temporaryFolder(t)
  const ended = await weft(['init', '--dir', 'a', '--validator', '--plain-key', '--weight', '7', '--json'], {
    cwd,
  })
  const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.slice(2), 'hex'))
  const file = JSON.parse(readFileSync(join(cwd, 'a', 'validator.json'), 'utf8')) as Record<string, string>
  t.deepEqual(lastJson(ended).validator, file)
  t.is(Number(file.weight), 7)
  t.true(createNobleBls().verifyPossession(bytes(file.publicKey!), bytes(file.possession!)))
})

test("genesis of validators' files names them in order, and is never written over", async (t) => {
  const cwd = temporaryFolder(t)
  for (const name of ['a', 'b']) await weft(['init', '--dir', name, '--validator', '--plain-key'], { cwd })
  const args = [
    'genesis',
    'b/validator.json',
    'a/validator.json',
    '--name',
    'test',
    '--max-rows',
    '16',
    '--json',
  ]
  const made = await weft(args, { cwd })
  t.is(made.code, 0, made.stderr)
  const text = readFileSync(join(cwd, 'genesis.json'), 'utf8')
  const genesis = parseGenesis(text, createNobleBls())
  t.is(genesis.maxRows, 16)
  t.is(lastJson(made).chainId, toHex(chainOf(genesis).chainId))
  const first = JSON.parse(readFileSync(join(cwd, 'b/validator.json'), 'utf8')) as { publicKey: string }
  t.is(`0x${toHex(genesis.validators[0]!.publicKey)}`, first.publicKey)
  const again = await weft(args, { cwd })
  t.is(again.code, 2)
  t.regex(again.stderr, /expected nothing at genesis\.json yet/)
  t.is(readFileSync(join(cwd, 'genesis.json'), 'utf8'), text)
})

test('genesis names the file whose proof of possession does not hold', async (t) => {
  const cwd = temporaryFolder(t)
  for (const name of ['a', 'b']) await weft(['init', '--dir', name, '--validator', '--plain-key'], { cwd })
  const read = (name: string) => JSON.parse(readFileSync(join(cwd, name, 'validator.json'), 'utf8'))
  writeFileSync(
    join(cwd, 'b/validator.json'),
    JSON.stringify({ ...read('b'), possession: read('a').possession }),
  )
  const { code, stderr } = await weft(['genesis', 'a/validator.json', 'b/validator.json'], { cwd })
  t.is(code, 2)
  t.regex(stderr, /^weft: b\/validator\.json\.possession: expected a proof of possession/)
  t.false(readdirSync(cwd).includes('genesis.json'))
})

test('a genesis that cannot be makes no keys', async (t) => {
  const cwd = temporaryFolder(t)
  const { code, stderr } = await weft(['genesis', '--validators', '2', '--max-bands', '7', '--out', 'net'], {
    cwd,
  })
  t.is(code, 2)
  t.regex(stderr, /maxBands: expected a power of two, got 7/)
  t.deepEqual(readdirSync(cwd), [])
})

test('a network of one genesis: every folder has the same one, and init refuses another', async (t) => {
  const cwd = temporaryFolder(t)
  const { code } = await weft(['genesis', '--validators', '2', '--out', 'net'], { cwd })
  t.is(code, 0)
  const text = readFileSync(join(cwd, 'net/genesis.json'), 'utf8')
  t.is(readFileSync(join(cwd, 'net/validator-2/genesis.json'), 'utf8'), text)
  writeFileSync(join(cwd, 'other.json'), JSON.stringify({ ...JSON.parse(text), name: 'other' }))
  const refused = await weft(['init', '--dir', 'net/validator-1', '--genesis', 'other.json'], { cwd })
  t.is(refused.code, 2)
  t.regex(refused.stderr, /nothing was changed/)
  t.is(readFileSync(join(cwd, 'net/validator-1/genesis.json'), 'utf8'), text)
})
