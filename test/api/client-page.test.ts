// The native client against a real node, in Node and in a real page of another origin: publishing with order, waiting,
// streams, reading whole and in part, rows, a receipt that is checked where it was fetched, and a subscription.

import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { createFullApi } from '../../src/api/node-api.ts'
import { silent } from '../../src/base/log.ts'
import { genesisToJson } from '../../src/chain/genesis-json.ts'
import { temporaryFolder, testChain, testFullNode } from '../node/support.ts'

const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)
const entry = new URL('../../src/api/client.ts', import.meta.url)

/** Runs in Node and in the page alike: all that it uses comes with its arguments. */
const roundTrip = async (given: {
  readonly entry: string
  readonly url: string
  readonly genesis: unknown
  readonly name: string
}) => {
  const { createClient, blobIdOf, namespaceOf, verifyBlock, verifyReceipt } = (await import(
    given.entry
  )) as typeof import('../../src/api/client.ts')
  const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const signal = AbortSignal.timeout(60_000)
  const client = createClient(given.url)
  const id = namespaceOf(new TextEncoder().encode(given.name))
  const namespace = hex(id)
  const data = new Uint8Array(3_000).map((_, i) => (i * 7) & 255)
  const blobId = hex(blobIdOf({ namespace: id, flags: 1, data }))

  const ticket = await client.publish({ namespace, flags: 1, data }, { signal, ordered: true })
  const again = await client.publish({ namespace, flags: 1, data }, { signal })
  const second = await client.publish(
    { namespace, data: new Uint8Array([1, 2, 3]) },
    { signal, ordered: true },
  )
  const states: string[] = []
  for await (const { state } of client.states(blobId, { signal })) states.push(state)
  const certified = await client.waitFor(second.blobId, 'certified', { signal })

  const whole = await client.read(blobId, { signal })
  const part = await client.read(blobId, { signal, range: { offset: 1_990, length: 20 } })
  const receipt = await client.receipt(blobId, { signal })
  const verdict = verifyReceipt(receipt, given.genesis, { data })
  const forged = verifyReceipt({ ...receipt, entryIndex: receipt.entryIndex + 1 }, given.genesis)
  const commitment = verdict.verdict === 'accept' ? hex(verdict.commitments[0] ?? new Uint8Array()) : ''
  const location = await client.locate(commitment, { signal })
  const row = await client.row(location.versionedHash, { signal })
  const found: string[] = []
  for await (const block of client.subscribe(namespace, { signal, from: 1 })) {
    for (const one of block.entries) found.push(one.blobId)
    if (found.length === 2) break
  }
  const block = await client.block(location.height, { signal, namespace, proof: true })
  const listed = verifyBlock(block, given.genesis, { height: location.height, namespace })
  const shortened = verifyBlock({ ...block, entries: [] }, given.genesis, { namespace })
  // While a block is becoming final the answer is "not now": asked again, until it is sure.
  let missing: unknown = 'unreachable'
  for (let i = 0; i < 50 && missing === 'unreachable'; i++) {
    missing = await client
      .read('ab'.repeat(32), { signal })
      .catch((error: { data: { code: string } }) => error.data.code)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return {
    sameTicket: ticket.blobId === blobId && again.blobId === blobId,
    order: second.after === blobId,
    states,
    second: certified.state,
    whole: hex(whole.data) === hex(data) && whole.length === data.length,
    part: hex(part.data) === hex(data.slice(1_990, 2_010)),
    verdict: verdict.verdict,
    forged: forged.verdict === 'reject' ? forged.code : 'accept',
    row: row.length,
    found: found.join() === [blobId, second.blobId].join(),
    entries: block.entries.some((one) => one.blobId === blobId) && (block.allEntries?.length ?? 0) > 0,
    listed: listed.verdict,
    shortened: shortened.verdict === 'reject' ? shortened.code : 'accept',
    missing,
  }
}

const expected = {
  sameTicket: true,
  order: true,
  second: 'certified',
  whole: true,
  part: true,
  verdict: 'accept',
  forged: 'entry-path',
  row: 131_072,
  found: true,
  entries: true,
  listed: 'accept',
  shortened: 'entries',
  missing: 'absent',
}

const withNode = async (
  corsOrigins: readonly string[],
  work: (given: { readonly url: string; readonly genesis: unknown }) => Promise<void>,
) => {
  const folder = await temporaryFolder()
  const chain = await testChain(1)
  const { node } = await testFullNode(chain, {
    dataDir: join(folder.path, 'v'),
    validator: chain.validators[0]!,
  })
  const api = createFullApi(
    { host: '127.0.0.1', port: 0, maxRows: chain.genesis.maxRows, corsOrigins },
    { node, log: silent, readiness: () => ({ ready: true }) },
  )
  try {
    await node.start()
    await work({ url: await api.start(), genesis: genesisToJson(chain.genesis) })
  } finally {
    await api.stop()
    await node.stop()
    await folder.remove()
  }
}

const holds = (t: ExecutionContext, { states, ...outcome }: Awaited<ReturnType<typeof roundTrip>>) => {
  t.deepEqual(outcome, expected)
  t.is(states.at(-1), 'certified')
}

test('a round trip of the client in Node', async (t) => {
  t.timeout(120_000)
  await withNode([], async (given) => {
    holds(t, await roundTrip({ ...given, entry: entry.href, name: 'node' }))
  })
})

const bundled = async (): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [entry.pathname],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    logLevel: 'silent',
  })
  return outputFiles[0]!.text
}

test('the entry is bundled for a page without any module of Node, and the bundle does a round trip', async (t) => {
  t.timeout(120_000)
  // esbuild refuses modules of Node for this platform.
  const script = await bundled()
  t.notRegex(script, /(from|import\()\s*["']node:/)
  const bundle = `data:text/javascript;base64,${Buffer.from(script).toString('base64')}`
  await withNode([], async (given) => {
    holds(t, await roundTrip({ ...given, entry: bundle, name: 'bundle' }))
  })
})

const inPage = browser === undefined ? test.skip : test
if (browser === undefined) console.log('skipped: the client in a page wants Chromium in /usr/bin')

inPage('a round trip of the client in a page of another origin', async (t) => {
  t.timeout(180_000)
  const script = await bundled()
  const server = createServer((request, response) => {
    const isScript = request.url === '/client.js'
    response
      .writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' })
      .end(isScript ? script : '<title>client</title>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  const chrome = await chromium.launch({
    executablePath: browser!,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
    ],
  })
  try {
    await withNode([origin], async (given) => {
      const page = await chrome.newPage()
      await page.goto(origin)
      holds(t, await page.evaluate(roundTrip, { ...given, entry: '/client.js', name: 'page' }))
    })
  } finally {
    await chrome.close()
    server.close()
  }
})
