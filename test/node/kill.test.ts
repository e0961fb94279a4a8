// Nodes as processes that are killed without warning. What was acknowledged as certified is still there afterwards,
// the chain goes on, and nobody signed against itself (a contradiction would stop the validator with an error).

import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { freePorts } from '../../src/cli/devnet/free-ports.ts'
import { until } from './support.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const VALIDATORS = 3

interface Process {
  readonly child: ChildProcess
  readonly api: string
  readonly address: string
}

const run = (args: readonly string[], cwd: string) =>
  new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${args[0]} ended with ${code}`))))
  })

const start = async (
  dir: string,
  port: number,
  bootnodes: readonly string[],
  cwd: string,
): Promise<Process> => {
  const peers = bootnodes.flatMap((address) => ['--bootnodes', address])
  const own = ['--dir', dir, '--listen', `/ip4/127.0.0.1/tcp/${port}`, '--api-port', '0', '--one-address']
  const child = spawn(process.execPath, [main, 'node', ...own, ...peers, '--json', '--log-level', 'silent'], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { promise, resolve, reject } = Promise.withResolvers<Process>()
  createInterface({ input: child.stdout }).once('line', (line) => {
    const { api, addresses } = JSON.parse(line)
    resolve({ child, api, address: addresses[0] })
  })
  child.once('exit', (code) => reject(new Error(`the node ended with ${code}`)))
  return promise
}

const kill = async ({ child }: Process): Promise<void> => {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

const stateOf = async ({ api }: Process, blobId: string): Promise<string> =>
  ((await (await fetch(`${api}/v1/blobs/${blobId}`)).json()) as { state: string }).state

test('a certified blob survives SIGKILL of one validator, and of all at once', async (t) => {
  t.timeout(240_000)
  const cwd = await mkdtemp(join(tmpdir(), 'weft-kill-'))
  const running: Process[] = []
  try {
    const pace = ['--block-interval-ms', '300', '--idle-interval-ms', '1500', '--timeout-ms', '8000']
    await run(['genesis', '--validators', String(VALIDATORS), '--out', 'net', ...pace], cwd)
    const ports = await freePorts(VALIDATORS)
    const dirs = ports.map((_, i) => `net/validator-${i + 1}`)
    const addresses: string[] = []
    for (const [i, dir] of dirs.entries()) {
      running[i] = await start(dir, ports[i]!, addresses, cwd)
      addresses.push(running[i].address)
    }

    const publish = async (to: Process, size: number) => {
      const data = randomBytes(size)
      const response = await fetch(`${to.api}/v1/blobs?namespace=${namespace}`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body: data,
      })
      t.is(response.status, 202)
      const { blobId } = (await response.json()) as { blobId: string }
      return { blobId, digest: createHash('sha256').update(data).digest('hex') }
    }
    const read = async (from: Process, blobId: string) => {
      const response = await fetch(`${from.api}/v1/blobs/${blobId}/data`)
      if (response.status !== 200) return false
      return createHash('sha256')
        .update(new Uint8Array(await response.arrayBuffer()))
        .digest('hex')
    }

    const blobs = []
    for (const round of [0, 1]) {
      const blob = await publish(running[0]!, 60_000 + round)
      await until(
        'the certificate',
        90_000,
        async () => (await stateOf(running[0]!, blob.blobId)) === 'certified',
      )
      blobs.push(blob)
      // First one validator, then all of them, in the middle of their work.
      const victims = round === 0 ? [VALIDATORS - 1] : running.map((_, i) => i)
      await publish(running[0]!, 200_000)
      await Promise.all(victims.map((i) => kill(running[i]!)))
      for (const i of victims) running[i] = await start(dirs[i]!, ports[i]!, addresses, cwd)
      for (const { blobId, digest } of blobs) {
        for (const node of running) {
          t.is(await until('the blob', 90_000, () => read(node, blobId).catch(() => false as const)), digest)
        }
      }
    }
    const last = await publish(running[1]!, 1_000)
    await until(
      'the chain to go on',
      90_000,
      async () => (await stateOf(running[1]!, last.blobId)) === 'certified',
    )
    for (const { child } of running) t.is(child.exitCode, null)
  } finally {
    for (const node of running) if (node.child.exitCode === null) node.child.kill('SIGKILL')
    await rm(cwd, { recursive: true, force: true })
  }
})

const namespace = `00${'00'.repeat(18)}${'00'.repeat(5)}6b696c6c21`
