// The library in a real page: bundled, served on loopback, run by Chromium. A verifier checks a cell and refuses an
// altered one; a pool of Web Workers commits and proves; bytes equal those made here.

import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { toHex } from '../../src/base/bytes.ts'
import { createKzg } from '../../src/kzg/index.ts'

const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)
const root = new URL('../../', import.meta.url)
const inPage = browser === undefined ? test.skip : test

const bundled = async (name: string): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [new URL(`src/kzg/${name}.ts`, root).pathname],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    external: ['node:*'],
  })
  return outputFiles[0]!.text
}

/** Serves the bundles where the compiled package has them, and build/ beside it. */
const serve = async () => {
  const scripts: Record<string, string> = {
    '/dist/kzg/index.js': await bundled('index'),
    '/dist/kzg/worker.js': await bundled('worker'),
  }
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    if (path === '/')
      return response.writeHead(200, { 'content-type': 'text/html' }).end('<title>kzg</title>')
    const script = scripts[path]
    if (script !== undefined)
      return response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
    if (!/^\/build\/[a-z/-]+\.(wasm|bin)$/.test(path)) return response.writeHead(404).end()
    const type = path.endsWith('.wasm') ? 'application/wasm' : 'application/octet-stream'
    return response.writeHead(200, { 'content-type': type }).end(await readFile(new URL(`.${path}`, root)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://127.0.0.1:${(server.address() as { port: number }).port}/` }
}

/** Runs in the page. */
const inside = async () => {
  const { createKzg, createKzgPool } = await import('/dist/kzg/index.js' as string)
  const blob = new Uint8Array(131_072).map((_, i) => (i % 32 === 0 ? 0 : (i * 7) & 255))
  const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const pool = createKzgPool({ size: 2, role: 'prover' })
  const [commitment, [cells, proofs]] = await Promise.all([
    pool.blobToKzgCommitment(blob),
    pool.computeCellsAndKzgProofs(blob),
  ])
  const refused = await pool
    .blobToKzgCommitment(new Uint8Array(3))
    .catch((error: { code: string }) => error.code)
  pool.stop()
  const kzg = await createKzg({ role: 'verifier' })
  const altered = cells[5].slice()
  altered[2_000] ^= 1
  return {
    kind: kzg.kind,
    commitment: hex(commitment),
    proof: hex(proofs[5]),
    sound: kzg.verifyCellKzgProofBatch([commitment], [5], [cells[5]], [proofs[5]]),
    altered: kzg.verifyCellKzgProofBatch([commitment], [5], [altered], [proofs[5]]),
    refused,
  }
}

inPage(
  browser === undefined
    ? 'a page verifies and proves (skipped: no Chromium here)'
    : 'a page verifies and proves',
  async (t) => {
    t.timeout(120_000)
    const { server, url } = await serve()
    const profile = await mkdtemp(join(tmpdir(), 'weft-page-'))
    const options = [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
    ]
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: browser as string,
      headless: true,
      args: options,
    })
    try {
      const page = await context.newPage()
      await page.goto(url)
      const answer = await page.evaluate(inside)
      const kzg = await createKzg()
      const blob = new Uint8Array(131_072).map((_, i) => (i % 32 === 0 ? 0 : (i * 7) & 255))
      t.is(answer.commitment, toHex(kzg.blobToKzgCommitment(blob)))
      t.is(answer.proof, toHex(kzg.computeCellsAndKzgProofs(blob)[1][5]!))
      t.true(answer.sound)
      t.false(answer.altered)
      t.is(answer.refused, 'malformed-input')
      t.log(`Chromium ran the ${answer.kind} kernels`)
    } finally {
      await context.close()
      server.close()
      await rm(profile, { recursive: true, force: true })
    }
  },
)
