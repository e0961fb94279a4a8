import test from 'ava'
import { hasCode } from '../../src/base/error.ts'
import {
  bytes,
  certificateOf,
  collect,
  columnOf,
  entryOf,
  namespaceOf,
  openStore,
  proposalOf,
  rootOf,
  sampleRecordOf,
} from './helpers.ts'

test('certificates come in order of height, within the range, one of a kind', async (t) => {
  const store = await openStore(t)
  for (const height of [300, 2, 255, 256, 1])
    await store.putCertificate(certificateOf(height, 1, rootOf(height)))
  await store.putCertificate(certificateOf(255, 3, rootOf(255)))
  const found = await collect(store.certificates(2, 255))
  t.deepEqual(
    found.map(({ height, kind }) => [height, kind]),
    [
      [2, 1],
      [255, 1],
      [255, 3],
      [256, 1],
    ],
  )
  t.deepEqual((await store.getCertificate(3, 255))?.signers.toBoolArray(), [true, true, false, true])
  t.is(await store.getCertificate(2, 255), undefined)
})

test('a range beyond all heights is empty and no error', async (t) => {
  const store = await openStore(t)
  await store.putCertificate(certificateOf(1, 1, rootOf(1)))
  for (const start of [2, Number.MAX_SAFE_INTEGER, 2 ** 60, Number.POSITIVE_INFINITY]) {
    t.deepEqual(await collect(store.certificates(start, 128)), [])
    t.deepEqual(await collect(store.finalRoots(start, 128)), [])
    t.deepEqual(await store.rootsAt(start), [])
  }
  t.deepEqual(await collect(store.certificates(1, 0)), [])
})

test('a certificate for another block of the same kind and height is refused and changes nothing', async (t) => {
  const store = await openStore(t)
  await store.putCertificate(certificateOf(4, 1, rootOf(1)))
  await store.putCertificate(certificateOf(4, 1, rootOf(1)))
  const error = await t.throwsAsync(store.putCertificate(certificateOf(4, 1, rootOf(2))))
  t.true(hasCode(error, 'conflicting-certificate'))
  t.deepEqual((await store.getCertificate(1, 4))?.root, rootOf(1))
})

test('the tip is the highest final block, in whatever order they became final', async (t) => {
  const store = await openStore(t)
  t.is(await store.finalTip(), undefined)
  await store.putFinal(rootOf(300), 300, [], 1_000)
  await store.putFinal(rootOf(7), 7, [], 2_000)
  t.deepEqual(await store.finalTip(), { height: 300, root: rootOf(300) })
  t.deepEqual(await store.finalRootAt(7), rootOf(7))
  t.is(await store.finalRootAt(8), undefined)
  t.deepEqual(
    (await collect(store.finalRoots(0, 1_000))).map(({ height }) => height),
    [7, 300],
  )
  const error = await t.throwsAsync(store.putFinal(rootOf(8), 7, [], 3_000))
  t.true(hasCode(error, 'conflicting-final'))
})

test('blobs are found by id and by namespace and height, each in its place', async (t) => {
  const store = await openStore(t)
  const entries = [entryOf(1, 0, 1), entryOf(1, 2, 2), entryOf(2, 4, 3)].sort((a, b) =>
    a.namespace.join() === b.namespace.join()
      ? a.startCell - b.startCell
      : a.namespace[19]! - b.namespace[19]!,
  )
  await store.putFinal(rootOf(10), 10, entries, 1_000)
  await store.putFinal(rootOf(11), 11, [entryOf(1, 0, 2)], 1_000)
  for (const entry of entries) {
    if (entry.length === 1_002) continue
    t.deepEqual(await store.locateBlob(entry.blobId), { height: 10, root: rootOf(10), entry })
  }
  // Published twice: the newer place, which is kept longer.
  t.is((await store.locateBlob(entryOf(1, 0, 2).blobId))?.height, 11)
  t.is(await store.locateBlob(bytes(32, 1)), undefined)
  t.deepEqual(
    (await store.locateNamespace(namespaceOf(1), 10)).map(({ entry }) => entry.startCell),
    [0, 2],
  )
  t.deepEqual(
    (await store.locateNamespace(namespaceOf(2), 10)).map(({ entry }) => entry.startCell),
    [4],
  )
  t.deepEqual(await store.locateNamespace(namespaceOf(2), 11), [])
})

test('pruning takes what arrived before, keeps the rest and the tip, and takes dead forks below', async (t) => {
  const store = await openStore(t)
  for (let height = 1; height <= 6; height++) {
    const proposal = proposalOf(height, height, 2, [entryOf(1, 0, height)])
    await store.putBlock(rootOf(height), proposal, [columnOf(proposal, 3)])
    await store.putCertificate(certificateOf(height, 3, rootOf(height)))
    await store.putSamples(sampleRecordOf(height, height), [])
    await store.putSigningRecord({ height, nil: true })
    // Height 2 came late: by backward sync.
    await store.putFinal(rootOf(height), height, proposal.entries, height === 2 ? 9_000 : 1_000 * height)
  }
  const fork = proposalOf(3, 33)
  await store.putBlock(rootOf(33), fork, [columnOf(fork, 3)])
  const liveFork = proposalOf(5, 55)
  await store.putBlock(rootOf(55), liveFork, [columnOf(liveFork, 3)])

  t.is(await store.prune(4_000), 2)
  t.is(await store.earliestHeight(), 4)
  for (const gone of [1, 3, 33]) {
    t.is(await store.getProposal(rootOf(gone)), undefined, `block ${gone}`)
    t.is(await store.getColumn(rootOf(gone), 3), undefined)
    t.deepEqual(await store.heldColumns(rootOf(gone)), [])
  }
  t.is(await store.getCertificate(3, 3), undefined)
  t.is(await store.getSampleRecord(rootOf(1)), undefined)
  t.is(await store.locateBlob(entryOf(1, 0, 3).blobId), undefined)
  for (const kept of [2, 4, 5, 55, 6]) t.truthy(await store.getColumn(rootOf(kept), 3), `block ${kept}`)
  t.truthy(await store.getCertificate(3, 2))
  t.is((await store.locateBlob(entryOf(1, 0, 2).blobId))?.height, 2)

  // Nothing may be signed where the record of what was signed is gone.
  t.true(hasCode(await t.throwsAsync(store.putSigningRecord({ height: 3, nil: true })), 'below-horizon'))

  t.is(await store.prune(1_000_000), 3)
  t.deepEqual(await store.finalTip(), { height: 6, root: rootOf(6) })
  t.truthy(await store.getProposal(rootOf(6)))
  t.is(await store.earliestHeight(), 6)
  t.is(await store.getColumn(rootOf(55), 3), undefined)
  t.is(await store.prune(1_000_000), 0)
})

test('pruning that is told to end goes no further, and the next goes on', async (t) => {
  const store = await openStore(t)
  for (let height = 1; height <= 6; height++) {
    const proposal = proposalOf(height, height)
    await store.putBlock(rootOf(height), proposal, [columnOf(proposal, 3)])
    await store.putFinal(rootOf(height), height, proposal.entries, height)
  }
  t.is(await store.prune(1_000, { signal: AbortSignal.abort() }), 0)
  t.is(await store.earliestHeight(), 0)
  t.truthy(await store.getColumn(rootOf(1), 3))
  // Ended behind the first of two rounds: what is past the horizon is there still, and goes with the next.
  const end = new AbortController()
  const ending = store.prune(1_000, { signal: end.signal })
  end.abort()
  t.is(await ending, 5)
  t.is(await store.earliestHeight(), 6)
  t.truthy(await store.getProposal(rootOf(1)))
  t.is(await store.prune(1_000), 0)
  t.is(await store.getProposal(rootOf(1)), undefined)
  t.is(await store.getColumn(rootOf(1), 3), undefined)
})

test('disk use is flat when as much is pruned as is written', async (t) => {
  const { readdir, stat } = await import('node:fs/promises')
  const { join } = await import('node:path')
  const store = await openStore(t, { writeBufferBytes: 256 * 1024 })
  const sizeBytes = async () => {
    let total = 0
    for (const name of await readdir(store.location)) {
      // The database may delete a file between the two calls.
      total += await stat(join(store.location, name)).then(
        ({ size }) => size,
        () => 0,
      )
    }
    return total
  }
  const sizes: number[] = []
  for (let height = 1; height <= 60; height++) {
    const proposal = proposalOf(height, height, 4)
    const columns = Array.from({ length: 16 }, (_, index) => columnOf(proposal, index))
    await store.putBlock(rootOf(height), proposal, columns)
    await store.putFinal(rootOf(height), height, [], height)
    if (height % 10 === 0) {
      await store.prune(height - 9)
      sizes.push(await sizeBytes())
    }
  }
  // Written in all: 60 blocks of 152 KiB, 9 MB. Kept: 10 blocks.
  t.true(sizes.at(-1)! < 4_000_000, `bytes after each window: ${sizes}`)
})
