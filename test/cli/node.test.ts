import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import test, { type ExecutionContext } from 'ava'
import type { ReadyLine } from '../../src/cli/run-node.ts'
import { lastJson, temporaryFolder, weft } from './support.ts'

const main = join(import.meta.dirname, '../../src/cli/main.ts')

interface Running {
  readonly child: ChildProcess
  readonly ready: ReadyLine
  readonly exit: Promise<number | null>
}

const start = async (t: ExecutionContext, args: readonly string[], cwd: string): Promise<Running> => {
  const child = spawn(process.execPath, [main, ...args, '--json', '--api-port', '0', '--log-level', 'warn'], {
    cwd,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
  t.teardown(() => child.kill('SIGKILL'))
  const { promise, resolve } = Promise.withResolvers<ReadyLine>()
  createInterface({ input: child.stdout! }).on('line', (line) => resolve(JSON.parse(line) as ReadyLine))
  const ready = await Promise.race([
    promise,
    exit.then((code) => {
      throw new Error(`the node ended with ${code}`)
    }),
  ])
  return { child, ready, exit }
}

const chain = async (cwd: string) => {
  const args = ['--block-interval-ms', '200', '--idle-interval-ms', '1000']
  const { code, stderr } = await weft(['genesis', '--validators', '1', '--out', 'net', ...args], { cwd })
  if (code !== 0) throw new Error(stderr)
  return ['--dir', 'net/validator-1', '--listen', '/ip4/127.0.0.1/tcp/0']
}

test('a chain of one validator: publish, ask, read, stop, start again and read again', async (t) => {
  t.timeout(180_000)
  const cwd = temporaryFolder(t)
  const args = await chain(cwd)
  const first = await start(t, ['node', ...args], cwd)
  t.is(first.ready.role, 'validator')
  t.true(first.ready.addresses.length > 0)
  const data = randomBytes(200_000)
  writeFileSync(join(cwd, 'blob'), data)
  const api = ['--api', first.ready.api, '--json', '--deadline-ms', '120000']
  const published = await weft(['publish', 'blob', '--namespace', 'test', ...api], { cwd })
  t.is(published.code, 0, published.stderr)
  const { blobId, state } = lastJson(published) as { blobId: string; state: string }
  t.is(state, 'certified')
  const metrics = await (await fetch(`${first.ready.api}/metrics`)).text()
  t.regex(metrics, /^weft_final_height [1-9]/m)
  t.regex(metrics, /^weft_metrics_unknown_total 0$/m)
  const status = lastJson(await weft(['status', ...api]))
  t.true((status.final as { height: number }).height >= 1)
  const got = await weft(['get', blobId, '--out', 'copy', ...api], { cwd })
  t.is(got.code, 0, got.stderr)
  t.deepEqual(readFileSync(join(cwd, 'copy')), data)

  // A receipt, asked for and then checked without the node; altered, it does not hold.
  const receipt = await weft(['receipt', blobId, '--out', 'receipt.json', ...api], { cwd })
  t.is(receipt.code, 0, receipt.stderr)
  const genesis = ['--genesis', 'net/validator-1/genesis.json']
  const verified = await weft(['verify', 'receipt.json', ...genesis, '--data', 'blob', '--json'], { cwd })
  t.is(verified.code, 0, verified.stderr)
  t.is(lastJson(verified).blobId, blobId)
  const text = readFileSync(join(cwd, 'receipt.json'), 'utf8')
  writeFileSync(join(cwd, 'altered.json'), text.replace(/"length": ?\d+/, '"length":199999'))
  const altered = await weft(['verify', 'altered.json', ...genesis], { cwd })
  t.is(altered.code, 3)
  t.regex(altered.stderr, /does not hold: entry-path/)

  // Tokens are noticed by the running node: from the first one on nobody comes in without, and a revoked one is out.
  const ask = async (token?: string) =>
    (
      await fetch(
        `${first.ready.api}/v1/status`,
        token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
      )
    ).status
  const soon = async (expected: number, token?: string) => {
    for (let i = 0; i < 100 && (await ask(token)) !== expected; i++)
      await new Promise((resolve) => setTimeout(resolve, 100))
    t.is(await ask(token), expected)
  }
  t.is(await ask(), 200)
  const tokenArgs = ['--dir', 'net/validator-1', '--json']
  const made = lastJson(
    await weft(['token', 'create', '--label', 'a', '--right', 'read', ...tokenArgs], { cwd }),
  )
  await weft(['token', 'create', '--label', 'b', '--right', 'read', ...tokenArgs], { cwd })
  await soon(401)
  await soon(200, made.token as string)
  await weft(['token', 'revoke', made.id as string, ...tokenArgs], { cwd })
  await soon(401, made.token as string)
  rmSync(join(cwd, 'net/validator-1/tokens.json'))
  first.child.kill('SIGTERM')
  t.is(await first.exit, 0)

  const second = await start(t, ['node', ...args], cwd)
  const again = await weft(['get', blobId, '--api', second.ready.api, '--out', 'copy2'], { cwd })
  t.is(again.code, 0, again.stderr)
  t.deepEqual(readFileSync(join(cwd, 'copy2')), data)
  const twice = await weft(['node', ...args, '--api-port', '0'], { cwd })
  t.is(twice.code, 2, twice.stderr)
  t.regex(twice.stderr, /weft: expected nobody else on this machine to validate with the key/)
  second.child.kill('SIGINT')
  t.is(await second.exit, 0)
})

test('a node that watches its standard input ends when that closes', async (t) => {
  t.timeout(120_000)
  const cwd = temporaryFolder(t)
  const args = await chain(cwd)
  const { child, exit } = await start(t, ['node', ...args, '--until-stdin-closes'], cwd)
  child.stdin?.end()
  t.is(await exit, 0)
})

test('an address that is taken is one sentence and exit code 2', async (t) => {
  t.timeout(120_000)
  const cwd = temporaryFolder(t)
  const args = await chain(cwd)
  const { ready } = await start(t, ['node', ...args], cwd)
  await weft(['init', '--dir', 'full', '--genesis', 'net/genesis.json'], { cwd })
  const { port } = new URL(ready.api)
  const { code, stderr } = await weft(
    [
      'node',
      '--dir',
      'full',
      '--listen',
      '/ip4/127.0.0.1/tcp/0',
      '--api-port',
      port,
      '--log-level',
      'silent',
    ],
    { cwd },
  )
  t.is(code, 2, stderr)
  t.regex(stderr, new RegExp(`^weft: expected a free address for the API at 127.0.0.1:${port}`))

  const [address = ''] = ready.addresses
  const own = await weft(
    [
      'node',
      '--dir',
      'full',
      '--listen',
      address.replace(/\/p2p\/.*/, ''),
      '--api-port',
      '0',
      '--log-level',
      'silent',
    ],
    { cwd },
  )
  t.is(own.code, 2, own.stderr)
  t.regex(
    own.stderr,
    /^weft: expected an address that is free to listen on \(--listen\): address already in use .*\n$/,
  )
})

test("a validator's key that genesis does not name is refused before anything is made", async (t) => {
  const cwd = temporaryFolder(t)
  await chain(cwd)
  await weft(['init', '--dir', 'other', '--validator', '--plain-key', '--genesis', 'net/genesis.json'], {
    cwd,
  })
  const { code, stderr } = await weft(['node', '--dir', 'other'], { cwd })
  t.is(code, 2, stderr)
  t.regex(stderr, /expected the key of a validator of genesis/)
  t.false(existsSync(join(cwd, 'other', 'data')))
})
