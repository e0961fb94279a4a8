// That a list of a namespace is complete, from real nodes: a validator, and a full node that keeps a few columns of each
// block and came later. What is published in a namespace is what its lists hold, block after block, proven against
// genesis alone; and a node that lies about any of it is found out by the client and by verifyBlock.

import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type BlockJson, createClient, verifyBlock } from '../../src/api/client.ts'
import { createFullApi } from '../../src/api/node-api.ts'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { silent } from '../../src/base/log.ts'
import { genesisToJson } from '../../src/chain/genesis-json.ts'
import { namespaceOf } from '../../src/grid/blob.ts'
import type { FullNode } from '../../src/node/types.ts'
import { temporaryFolder, testChain, testFullNode, until } from '../node/support.ts'

const names = ['mine', 'theirs', 'nobody'].map((name) => toHex(namespaceOf(utf8(name))))
const [mine, theirs, nobody] = names as [string, string, string]

const serve = async (t: ExecutionContext, node: FullNode, maxRows: number): Promise<string> => {
  const api = createFullApi(
    { host: '127.0.0.1', port: 0, maxRows },
    { node, log: silent, readiness: () => ({ ready: true }) },
  )
  t.teardown(() => api.stop())
  return api.start()
}

test('lists of a namespace are complete and provably so, from a node that does not hold the blocks', async (t) => {
  t.timeout(240_000)
  const signal = AbortSignal.timeout(200_000)
  const folder = await temporaryFolder()
  t.teardown(() => folder.remove())
  const chain = await testChain(1)
  const { maxRows } = chain.genesis
  // As it came out of a file: all that the reader has besides the node's word.
  const genesis: unknown = JSON.parse(JSON.stringify(genesisToJson(chain.genesis)))
  const { node: validator } = await testFullNode(chain, {
    dataDir: join(folder.path, 'validator'),
    validator: chain.validators[0]!,
  })
  t.teardown(() => validator.stop())
  await validator.start()
  const publisher = createClient(await serve(t, validator, maxRows))

  /** In every column of its block; the others have a column each, which a node may happen to keep. */
  const wide = new Uint8Array(120_000).fill(7)
  let wideId = ''
  const published: Record<string, string[]> = { [mine]: [], [theirs]: [], [nobody]: [] }
  for (let round = 0; round < 3; round++) {
    const tickets = await Promise.all(
      [mine, theirs, mine, theirs, mine].map(async (namespace, i) => {
        const isWide = round === 0 && i === 0
        const data = isWide ? wide : utf8(`blob ${i} of round ${round}`)
        const { blobId } = await publisher.publish({ namespace, data }, { signal })
        if (isWide) wideId = blobId
        published[namespace]?.push(blobId)
        return blobId
      }),
    )
    for (const blobId of tickets) await publisher.waitFor(blobId, 'certified', { signal })
  }
  const last = (await publisher.header('final', { signal })).height

  const { node } = await testFullNode(chain, {
    dataDir: join(folder.path, 'full'),
    bootnodes: (await validator.status()).addresses,
  })
  t.teardown(() => node.stop())
  await node.start()
  const url = await serve(t, node, maxRows)
  const client = createClient(url)
  await until('the node to catch up', 60_000, async () => ((await node.status()).final?.height ?? 0) >= last)
  t.true((await node.status()).custody.length < 64, 'too few columns to have any block whole')
  t.is((await client.read(wideId, { signal })).source, 'peers')

  // Block after block nothing of it is missing, and nothing is there that was not published.
  const found: Record<string, string[]> = { [mine]: [], [theirs]: [], [nobody]: [] }
  const shared: BlockJson[] = []
  let height = last
  while (height > 0) {
    let parentHeight = 0
    for (const namespace of names) {
      const block = await client.block(height, { signal, namespace, proof: true })
      const answer = verifyBlock(block, genesis, { height, namespace })
      if (answer.verdict !== 'accept') return t.fail(`block ${height}: ${answer.code}`)
      found[namespace]?.push(...answer.entries.map(({ blobId }) => toHex(blobId)))
      // The certified header says which heights have no block.
      parentHeight = answer.header.parentHeight
      if (namespace === mine && block.entries.length > 1 && (block.allEntries?.length ?? 0) > 2)
        shared.push(block)
    }
    height = parentHeight
  }
  for (const namespace of names) t.deepEqual(found[namespace]?.sort(), published[namespace]?.sort())

  // Whatever is changed of a block that several namespaces share is found, though the rest of the answer is true.
  const [block] = shared
  if (block === undefined) return t.fail('expected a block with blobs of two namespaces')
  const all = block.allEntries ?? []
  const own = block.entries
  const stranger = { ...own[0]!, blobId: '5e'.repeat(32) }
  const another = await client.block(block.header.parentHeight || last, {
    signal,
    namespace: mine,
    proof: true,
  })
  const lies: readonly (readonly [string, Partial<BlockJson>])[] = [
    ['left out', { entries: own.slice(1) }],
    [
      'left out of both lists',
      { entries: own.slice(1), allEntries: all.filter(({ blobId }) => blobId !== own[0]?.blobId) },
    ],
    ['all left out', { entries: [], allEntries: all.filter(({ namespace }) => namespace !== mine) }],
    ['added', { entries: [...own, stranger] }],
    ['added to both lists', { entries: [...own, stranger], allEntries: [...all, stranger] }],
    [
      'altered',
      { entries: own.with(0, stranger), allEntries: all.map((one) => replaced(one, own[0]!, stranger)) },
    ],
    ["another block's", { entries: another.entries, allEntries: another.allEntries ?? [] }],
    ["another block's, with its header", { ...another, height: block.height }],
  ]
  for (const [what, change] of lies) {
    const lie = { ...block, ...change }
    t.is(verifyBlock(lie, genesis, { height: block.height, namespace: mine }).verdict, 'reject', what)
    const deceived = createClient(url, { fetch: async () => Response.json(lie) })
    await t.throwsAsync(
      deceived.block(block.height, { signal, namespace: mine, proof: true }),
      { code: 'wrong-answer' },
      what,
    )
  }

  // A true list is nothing to whoever has another genesis.
  const stranges = await testChain(1)
  const elsewhere = verifyBlock(block, genesisToJson(stranges.genesis), { namespace: mine })
  t.is(elsewhere.verdict === 'reject' && elsewhere.code, 'chain-id')
})

type EntryJson = BlockJson['entries'][0]
const replaced = (one: EntryJson, old: EntryJson, by: EntryJson): EntryJson =>
  one.blobId === old.blobId ? by : one
