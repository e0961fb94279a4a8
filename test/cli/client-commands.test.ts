import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { createFullApi, createLightApi } from '../../src/api/node-api.ts'
import { fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import { WeftError } from '../../src/base/error.ts'
import { silent } from '../../src/base/log.ts'
import { blobIdOf, namespaceOf } from '../../src/grid/blob.ts'
import type { BlobState } from '../../src/node/types.ts'
import { fullNode, lightNode } from '../api/support.ts'
import { lastJson, temporaryFolder, weft } from './support.ts'

const root = new Uint8Array(32).fill(3)
const data = utf8('what a rollup publishes\n')
const namespace = namespaceOf(utf8('my-rollup'))
const blobId = blobIdOf({ namespace, flags: 0, data })

const serve = async (t: ExecutionContext, node: Parameters<typeof fullNode>[0]) => {
  const api = createFullApi(
    { host: '127.0.0.1', port: 0, maxRows: 1 },
    { node: fullNode(node), log: silent, readiness: () => ({ ready: true }) },
  )
  t.teardown(() => api.stop())
  return api.start()
}

const inFile = (t: ExecutionContext, content: Uint8Array = data) => {
  const cwd = temporaryFolder(t)
  writeFileSync(join(cwd, 'blob'), content)
  return cwd
}

test('publish waits for the certificate and says where the blob is', async (t) => {
  const states: BlobState[] = [
    { state: 'accepted' },
    { state: 'included', height: 4, root },
    { state: 'certified', height: 4, root },
  ]
  const url = await serve(t, {
    submit: async (blob) => ({ blobId: blobIdOf(blob), state: { state: 'accepted' } }),
    ticket: async (id) => ({ blobId: id, state: { state: 'accepted' } }),
    states: async function* () {
      yield* states
    },
  })
  const ended = await weft(['publish', 'blob', '--namespace', 'my-rollup', '--api', url, '--json'], {
    cwd: inFile(t),
  })
  t.is(ended.code, 0, ended.stderr)
  const { ms: _, ...result } = lastJson(ended)
  t.deepEqual(result, {
    ok: true,
    blobId: toHex(blobId),
    state: 'certified',
    height: 4,
    root: toHex(root),
    length: data.length,
  })
})

test('publish reads standard input, and --wait accepted returns at once', async (t) => {
  const url = await serve(t, {
    submit: async (blob) => ({ blobId: blobIdOf(blob), state: { state: 'accepted' } }),
  })
  const ended = await weft(
    ['publish', '-', '--namespace', 'my-rollup', '--api', url, '--wait', 'accepted', '--json'],
    { input: data },
  )
  t.is(ended.code, 0, ended.stderr)
  t.is(lastJson(ended).blobId, toHex(blobId))
})

test('when the time runs out, publish does not call it failed, and names the blobId', async (t) => {
  const url = await serve(t, {
    submit: async (blob) => ({ blobId: blobIdOf(blob), state: { state: 'accepted' } }),
    ticket: async (id) => ({ blobId: id, state: { state: 'accepted' } }),
    states: async function* (_id, { signal }) {
      yield { state: 'accepted' }
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    },
  })
  const { code, stderr } = await weft(
    ['publish', 'blob', '--namespace', 'my-rollup', '--api', url, '--deadline-ms', '900'],
    { cwd: inFile(t) },
  )
  t.is(code, 4)
  t.regex(stderr, new RegExp(`it may still be included: ask with weft status ${toHex(blobId)}`))
})

test('a node that answers with another blobId is not believed', async (t) => {
  const url = await serve(t, { submit: async () => ({ blobId: root, state: { state: 'accepted' } }) })
  const { code, stderr } = await weft(['publish', 'blob', '--namespace', 'my-rollup', '--api', url], {
    cwd: inFile(t),
  })
  t.is(code, 4)
  t.regex(stderr, /expected the node to answer with blobId/)
})

test("a node's refusal is exit code 3, a full queue 4", async (t) => {
  for (const [code, expected] of [
    ['blob-too-large', 3],
    ['queue-full', 4],
  ] as const) {
    const url = await serve(t, {
      submit: async () => {
        throw new WeftError(code, `expected something else, ${code}`, undefined)
      },
    })
    const ended = await weft(['publish', 'blob', '--namespace', 'a', '--api', url], { cwd: inFile(t) })
    t.is(ended.code, expected)
    t.regex(ended.stderr, new RegExp(code))
  }
})

test('an empty file is refused before anything is sent', async (t) => {
  const { code, stderr } = await weft(['publish', 'blob', '--namespace', 'a'], {
    cwd: inFile(t, new Uint8Array()),
  })
  t.is(code, 2)
  t.regex(stderr, /expected at least one byte in blob, got none/)
})

const reading = (bytes: Uint8Array) => ({
  read: async () => ({
    found: true as const,
    data: bytes,
    entry: { namespace, startCell: 0, length: bytes.length, flags: 0, blobId },
    height: 4,
    root,
    source: 'peers' as const,
  }),
})

test('get writes the bytes to stdout, or into a new file', async (t) => {
  const url = await serve(t, reading(data))
  const piped = await weft(['get', toHex(blobId), '--api', url])
  t.is(piped.code, 0, piped.stderr)
  t.is(piped.stdout, new TextDecoder().decode(data))
  const cwd = temporaryFolder(t)
  const filed = await weft(['get', toHex(blobId), '--api', url, '--out', 'copy', '--json'], { cwd })
  t.is(filed.code, 0, filed.stderr)
  t.deepEqual(new Uint8Array(readFileSync(join(cwd, 'copy'))), data)
  t.is(lastJson(filed).source, 'peers')
})

test('get never writes over a file', async (t) => {
  const url = await serve(t, reading(data))
  const cwd = inFile(t, utf8('mine'))
  const { code, stderr } = await weft(['get', toHex(blobId), '--api', url, '--out', 'blob'], { cwd })
  t.is(code, 2)
  t.regex(stderr, /expected nothing at blob yet/)
  t.is(readFileSync(join(cwd, 'blob'), 'utf8'), 'mine')
})

test('bytes that do not hash to the blobId are not handed on', async (t) => {
  const url = await serve(t, reading(utf8('something else')))
  const cwd = temporaryFolder(t)
  const { code, stdout, stderr } = await weft(['get', toHex(blobId), '--api', url, '--out', 'copy'], { cwd })
  t.is(code, 4)
  t.is(stdout, '')
  t.regex(stderr, /the node sent those of/)
  t.false(existsSync(join(cwd, 'copy')))
})

test('absent and pruned are exit code 3, unreachable is 4', async (t) => {
  for (const [reason, expected] of [
    ['absent', 3],
    ['pruned', 3],
    ['unreachable', 4],
  ] as const) {
    const url = await serve(t, { read: async () => ({ found: false, reason }) })
    const { code } = await weft(['get', toHex(blobId), '--api', url])
    t.is(code, expected, reason)
  }
})

test('status shows the node, or the state of a blob', async (t) => {
  const url = await serve(t, {
    ticket: async (id) => ({ blobId: id, state: { state: 'included', height: 4, root } }),
  })
  const node = await weft(['status', '--api', url])
  t.regex(node.stdout, /^role {7}full$/m)
  t.regex(node.stdout, /^custody {4}3 columns: 1-3$/m)
  const blob = await weft(['status', toHex(blobId), '--api', url, '--json'])
  t.deepEqual(lastJson(blob), {
    ok: true,
    blobId: toHex(blobId),
    state: 'included',
    height: 4,
    root: toHex(root),
  })
})

test('a light node says that it does not publish', async (t) => {
  const api = createLightApi(
    { host: '127.0.0.1', port: 0 },
    { node: lightNode({}), log: silent, readiness: () => ({ ready: true }) },
  )
  t.teardown(() => api.stop())
  const { code, stderr } = await weft(['publish', '-', '--namespace', 'a', '--api', await api.start()], {
    input: 'x',
  })
  t.is(code, 3)
  t.regex(stderr, /a light node neither publishes nor reads/)
})

test('a namespace in hex is the same as its name', async (t) => {
  const seen: string[] = []
  const url = await serve(t, {
    submit: async (blob) => {
      seen.push(toHex(blob.namespace))
      return { blobId: blobIdOf(blob), state: { state: 'accepted' } }
    },
  })
  for (const given of ['my-rollup', toHex(namespace)]) {
    const { code } = await weft(['publish', '-', '--namespace', given, '--api', url, '--wait', 'accepted'], {
      input: data,
    })
    t.is(code, 0)
  }
  t.is(seen[0], '00000000000000000000000000000000000000006d792d726f6c6c7570')
  t.deepEqual(fromHex(seen[0] ?? ''), fromHex(seen[1] ?? ''))
})
