// The whole devnet, as `npm start` runs it: eight processes and a hostile one. The longest test of all.

import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { Report, WithheldReport } from '../../src/cli/devnet/report.ts'
import { lastJson, temporaryFolder, weft } from './support.ts'

const main = join(import.meta.dirname, '../../src/cli/main.ts')

test.serial('devnet ends with 0 after every claim was seen to hold', async (t) => {
  t.timeout(480_000)
  const { code, stdout, stderr } = await weft(['devnet', '--json'])
  t.is(stderr, '')
  const report = lastJson({ code, stdout, stderr }) as unknown as Report
  t.deepEqual(
    report.claims.filter(({ ok }) => !ok),
    [],
  )
  t.is(code, 0)
  t.true(report.ok)
  t.is(stdout.trimEnd().split('\n').length, 1)

  const blobs = report.blocks.flatMap((block) => block.blobs)
  const published = blobs.filter(({ namespace }) => namespace !== 'after-stop')
  t.is(new Set(published.map(({ namespace }) => namespace)).size, 3)
  t.true(Math.min(...published.map(({ length }) => length)) < 1_000)
  t.is(Math.max(...published.map(({ length }) => length)), 3_000_000)
  for (const { signers } of report.blocks) t.true(signers >= 3)

  t.true(report.readBack.every(({ equal }) => equal))
  t.is(report.readBack.find(({ length }) => length === 3_000_000)?.source, 'peers')
  const idsOf = (list: readonly { readonly blobId: string }[]) => list.map(({ blobId }) => blobId).sort()
  t.deepEqual(idsOf(report.readBack), idsOf(published))

  const sampled = new Set(report.light.map(({ node, root }) => `${node} ${root}`))
  for (const { root } of report.blocks.filter(({ blobs: [blob] }) => blob?.namespace !== 'after-stop')) {
    for (const node of ['light-1', 'light-2', 'light-3']) t.true(sampled.has(`${node} ${root}`))
  }
  t.true(
    report.light.every(
      ({ verdict, samples, failed }) => verdict === 'available' && samples > 0 && failed === 0,
    ),
  )

  const withheld = report.withheld as WithheldReport
  t.is(withheld.columnsOut, 60)
  t.deepEqual(withheld.light.map(({ node, verdict }) => `${node} ${verdict}`).sort(), [
    'light-1 unavailable',
    'light-2 unavailable',
    'light-3 unavailable',
  ])
  t.true(withheld.light.every(({ failed }) => failed > 0))
  t.false(withheld.notariseCertificate)
  t.false(withheld.finalizeCertificate)
  t.true(withheld.nilCertificate)
  t.true(withheld.finalHeight > withheld.height)
})

const childrenOf = (parent: number): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return (
          Number(
            readFileSync(`/proc/${name}/stat`, 'utf8')
              .replace(/^.*\) /, '')
              .split(' ')[1],
          ) === parent
        )
      } catch {
        return false
      }
    })
    .map(Number)

const isAlive = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 100))

/** Runs a devnet until its children are there, sends it a signal, and waits until all of them are gone. */
const endBy = async (signal: NodeJS.Signals, folder: string) => {
  const child = spawn(process.execPath, [main, 'devnet', '--json'], {
    stdio: 'ignore',
    env: { ...process.env, TMPDIR: folder },
  })
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const began = Date.now()
  let children: readonly number[] = []
  while (children.length < 7 && child.exitCode === null && Date.now() - began < 60_000) {
    await pause()
    children = childrenOf(child.pid!)
  }
  child.kill(signal)
  const code = await exit
  while (children.some(isAlive)) await pause()
  return { children: children.length, code }
}

/** Children are found through /proc, which other systems do not have. */
const onLinux = (title: string, body: (t: ExecutionContext) => Promise<void>) => {
  if (existsSync('/proc/self/stat')) test.serial(title, body)
}

onLinux('Ctrl-C ends every process and leaves no folder', async (t) => {
  t.timeout(120_000)
  const folder = temporaryFolder(t)
  t.deepEqual(await endBy('SIGINT', folder), { children: 7, code: 130 })
  t.deepEqual(readdirSync(folder), [])
})

onLinux('no process outlives a devnet that was killed', async (t) => {
  t.timeout(120_000)
  t.deepEqual(await endBy('SIGKILL', temporaryFolder(t)), { children: 7, code: null })
})
