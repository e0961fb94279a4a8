// What a node finds again: a publication by waiting for it, a blob in part, a row by its commitment, final blocks by
// height and one after the other. A validator that publishes, and a full node that fetches what it does not keep.

import { join } from 'node:path'
import test from 'ava'
import { equal, toHex, utf8 } from '../../src/base/bytes.ts'
import { hasCode } from '../../src/base/error.ts'
import { headerRoot } from '../../src/chain/signing.ts'
import { FLAG_ALIGNED, FLAG_RAW, namespaceOf } from '../../src/grid/blob.ts'
import { entriesRootOf } from '../../src/grid/roots.ts'
import { versionedHashOf } from '../../src/grid/versioned-hash.ts'
import type { FullNode } from '../../src/node/types.ts'
import { temporaryFolder, testChain, testFullNode, until } from './support.ts'

const ROW_BYTES = 131_072
const rawRow = (seed: number) =>
  Uint8Array.from({ length: ROW_BYTES }, (_, i) => (i % 32 === 0 ? 0 : (i * seed) & 0xff))
const dataOf = (size: number) => Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 0xff)
const namespace = namespaceOf(utf8('found'))

test('blobs, parts of them, rows and blocks are found again, by a node that keeps few of the columns too', async (t) => {
  t.timeout(240_000)
  const folder = await temporaryFolder()
  const chain = await testChain(1)
  const stops: (() => Promise<void>)[] = []
  const signal = AbortSignal.timeout(200_000)
  try {
    const { node } = await testFullNode(chain, {
      dataDir: join(folder.path, 'v'),
      validator: chain.validators[0]!,
    })
    stops.push(() => node.stop())
    await node.start()
    const { addresses } = await node.status()
    const { node: full } = await testFullNode(chain, {
      dataDir: join(folder.path, 'full'),
      bootnodes: addresses,
    })
    stops.push(() => full.stop())
    await full.start()
    await until('the nodes to meet', 20_000, async () => (await full.status()).peers > 0)

    // From before anything is published: nothing of it may be missed.
    const heard: string[] = []
    const ends = new AbortController()
    const listening = (async () => {
      for await (const block of full.subscribe({ height: 1, namespace }, { signal: ends.signal })) {
        for (const { blobId } of block.own) heard.push(`${block.height} ${toHex(blobId)}`)
      }
    })()

    const rows = [rawRow(3), rawRow(5)]
    const raw = new Uint8Array(2 * ROW_BYTES)
    for (const [i, row] of rows.entries()) raw.set(row, i * ROW_BYTES)
    const rawBlob = { namespace, data: raw, flags: FLAG_ALIGNED | FLAG_RAW }
    const plain = { namespace, data: dataOf(150_000), flags: 0 }
    const states: string[] = []
    const { blobId } = await full.submit(rawBlob)
    const following = (async () => {
      for await (const { state } of full.states(blobId, { signal })) states.push(state)
    })()
    const { blobId: plainId } = await full.submit(plain)
    const certified = await full.waitFor(blobId, 'certified', { signal })
    t.is(certified.state, 'certified')
    await full.waitFor(plainId, 'certified', { signal })
    await following
    t.is(states[0], 'accepted')
    t.is(states.at(-1), 'certified')
    // A block that is final before it was looked at is never seen as included.
    t.true(
      states.every((state, i) => ['accepted', 'included', 'certified'].indexOf(state) >= i),
      states.join(),
    )

    for (const one of [node, full]) await findsAll(t, one, { rows, plainId, plain: plain.data }, signal)

    // The subscription heard both, and one that resumes behind the first block hears no less than the rest.
    await until('the subscription', 20_000, () => heard.length === 2)
    ends.abort()
    await t.throwsAsync(listening)
    const last = Number(heard.at(-1)?.split(' ')[0])
    for await (const block of node.subscribe({ height: last, namespace }, { signal })) {
      t.is(block.height, last)
      t.true(block.own.length > 0)
      break
    }
    const tip = await node.newestHeader()
    t.deepEqual(await node.block((tip?.height ?? 0) + 1_000), { found: false, reason: 'future' })
  } finally {
    for (const stop of stops.reverse()) await stop()
    await folder.remove()
  }
})

interface Published {
  readonly rows: readonly Uint8Array[]
  readonly plainId: Uint8Array
  readonly plain: Uint8Array
}

const findsAll = async (
  t: import('ava').ExecutionContext,
  node: FullNode,
  { rows, plainId, plain }: Published,
  signal: AbortSignal,
) => {
  await node.waitFor(plainId, 'certified', { signal })
  const read = await node.read(plainId, { signal })
  if (!read.found) return t.fail(`not found: ${read.reason}`)
  t.true(equal(read.data, plain))

  // A part across cells, in another row than the first.
  const part = await node.read(plainId, { signal, range: { offset: 126_000, length: 5_000 } })
  t.true(part.found && equal(part.data, plain.subarray(126_000, 131_000)))
  const rest = await node.read(plainId, { signal, range: { offset: 149_999 } })
  t.true(rest.found && equal(rest.data, plain.subarray(149_999)))
  const end = await node.read(plainId, { signal, range: { offset: 140_000, atMost: 1_000_000 } })
  t.true(end.found && equal(end.data, plain.subarray(140_000)))
  for (const last of [1, 3_000, 150_000, 1_000_000]) {
    const tail = await node.read(plainId, { signal, range: { last } })
    t.true(tail.found && equal(tail.data, plain.subarray(-last)))
  }
  for (const range of [
    { offset: 149_999, length: 2 },
    { offset: 150_000 },
    { offset: 150_000, atMost: 1 },
    { last: 0 },
  ]) {
    const bad = await t.throwsAsync(node.read(plainId, { signal, range }))
    t.true(hasCode(bad, 'bad-range'), JSON.stringify(range))
  }

  // The rows of the raw blob by their commitments, bit for bit.
  const block = await until('the raw blob', 20_000, async () => {
    for (let height = 1; height <= ((await node.newestHeader())?.height ?? 0); height++) {
      const found = await node.block(height)
      if (found.found && found.entries.some(({ flags }) => flags === (FLAG_ALIGNED | FLAG_RAW))) return found
    }
    return undefined
  })
  t.true(equal(headerRoot(block.header), block.root))
  t.true(equal(entriesRootOf(block.entries), block.header.entriesRoot))
  const entry = block.entries.find(({ flags }) => flags !== 0)!
  for (const [i, expected] of rows.entries()) {
    const commitment = block.commitments[entry.startCell / 64 + i]!
    for (const name of [{ commitment }, { versionedHash: versionedHashOf(commitment) }]) {
      const found = await node.locate(name)
      if (!found.found) return t.fail(`not located: ${found.reason}`)
      t.is(found.row, entry.startCell / 64 + i)
      t.is(found.height, block.height)
      t.deepEqual(found.entry, entry)
      t.deepEqual(found.commitment, commitment)
      const answer = await node.rowsAt(found.height, [found.row], { signal })
      t.true(answer.found && equal(answer.rows[0]!, expected))
    }
  }
  const none = await node.rowsAt(block.height, [block.header.rowCount], { signal })
  t.deepEqual(none, { found: false, reason: 'absent' })
  const nothing = await node.locate({ versionedHash: new Uint8Array(32) })
  t.false(nothing.found)
}
