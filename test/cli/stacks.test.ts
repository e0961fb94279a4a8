// The switches of a node: each interface of another stack on an address of its own, named in the line that says the
// node is up, and gone with the node.

import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import test from 'ava'
import type { ReadyLine } from '../../src/cli/run-node.ts'
import { httpClient } from '../api/json-rpc/support.ts'
import { temporaryFolder, weft } from './support.ts'

const main = join(import.meta.dirname, '../../src/cli/main.ts')

test('all four interfaces of one node, beside its own', async (t) => {
  t.timeout(180_000)
  const cwd = temporaryFolder(t)
  const made = await weft(
    [
      'genesis',
      '--validators',
      '1',
      '--out',
      'net',
      '--block-interval-ms',
      '200',
      '--idle-interval-ms',
      '1000',
    ],
    { cwd },
  )
  t.is(made.code, 0, made.stderr)
  writeFileSync(join(cwd, 'jwt.hex'), `0x${'5a'.repeat(32)}\n`)
  const folder = ['--dir', 'net/validator-1', '--listen', '/ip4/127.0.0.1/tcp/0', '--api-port', '0']
  const switches = ['--altda', '0', '--nitro', '127.0.0.1:0', '--celestia', '0', '--beacon', '0']
  const child: ChildProcess = spawn(
    process.execPath,
    [main, 'node', ...folder, ...switches, '--nitro-jwt', 'jwt.hex', '--json', '--log-level', 'warn'],
    { cwd, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
  t.teardown(() => child.kill('SIGKILL'))
  const { interfaces } = await new Promise<ReadyLine>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => resolve(JSON.parse(line) as ReadyLine))
    void exit.then((code) => reject(new Error(`the node ended with ${code}`)))
  })
  t.deepEqual(Object.keys(interfaces).sort(), ['altda', 'beacon', 'celestia', 'nitro'])

  const put = await fetch(`${interfaces.altda}/put/`, { method: 'POST', body: 'a batch' })
  t.is(put.status, 200)
  const commitment = Buffer.from(await put.arrayBuffer()).toString('hex')
  t.is(await (await fetch(`${interfaces.altda}/get/0x${commitment}`)).text(), 'a batch')
  await t.throwsAsync(httpClient(interfaces.nitro!)('daprovider_getMaxMessageSize'), { message: 'HTTP 401' })
  t.is(typeof (await httpClient(interfaces.celestia!)('header.LocalHead')), 'object')
  const version = await (await fetch(`${interfaces.beacon}/eth/v1/node/version`)).text()
  t.regex(version, /"Weft\/v\d+\.\d+\.\d+"/)

  child.kill('SIGTERM')
  t.is(await exit, 0)
  await t.throwsAsync(fetch(`${interfaces.altda}/healthz`))
})

test('a secret that is none stops the node before it starts', async (t) => {
  t.timeout(60_000)
  const cwd = temporaryFolder(t)
  await weft(['genesis', '--validators', '1', '--out', 'net'], { cwd })
  writeFileSync(join(cwd, 'jwt.hex'), 'secret')
  const { code, stderr } = await weft(
    ['node', '--dir', 'net/validator-1', '--nitro', '0', '--nitro-jwt', 'jwt.hex', '--api-port', '0'],
    { cwd },
  )
  t.is(code, 2)
  t.regex(stderr, /expected 32 bytes in hex in jwt\.hex/)
})
