import { join } from 'node:path'
import test from 'ava'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { blobIdOf, FLAG_ALIGNED, FLAG_RAW, namespaceOf } from '../../src/grid/blob.ts'
import { rowsNeeded } from '../../src/grid/layout.ts'
import { createMempool, maxBlobBytes } from '../../src/node/mempool.ts'
import { createStore } from '../../src/store/store.ts'
import { temporaryFolder } from './support.ts'

const blobOf = (name: string, size: number, flags = 0) => ({
  namespace: namespaceOf(utf8(name)),
  data: new Uint8Array(size).fill(size % 251),
  flags,
})

const withMempool = async (
  init: Partial<Parameters<typeof createMempool>[0]>,
  work: (
    mempool: ReturnType<typeof createMempool>,
    reopen: () => Promise<ReturnType<typeof createMempool>>,
  ) => Promise<void>,
) => {
  const folder = await temporaryFolder()
  const limits = { maxBytes: 1_000_000, maxRows: 4, ...init }
  let store = createStore({ location: join(folder.path, 'db') }, { log: silent, metrics: noMetrics })
  await store.open()
  try {
    await work(createMempool(limits, { store, metrics: noMetrics }), async () => {
      await store.close()
      store = createStore({ location: join(folder.path, 'db') }, { log: silent, metrics: noMetrics })
      await store.open()
      const mempool = createMempool(limits, { store, metrics: noMetrics })
      await mempool.load()
      return mempool
    })
  } finally {
    await store.close()
    await folder.remove()
  }
}

test('an acknowledged blob waits again after a restart, in the order of arrival', async (t) => {
  await withMempool({}, async (mempool, reopen) => {
    const names = ['c', 'a', 'b']
    for (const name of names) await mempool.add(blobOf(name, 100))
    const again = await reopen()
    t.is(again.size, 3)
    t.is(again.bytes, 300)
    t.deepEqual(
      again.all().map(({ blobId }) => toHex(blobId)),
      names.map((name) => toHex(blobIdOf(blobOf(name, 100)))),
    )
    await again.remove([blobIdOf(blobOf('a', 100))])
    const later = await reopen()
    t.is(later.size, 2)
    t.false(later.has(blobIdOf(blobOf('a', 100))))
  })
})

test('the same blob twice is one submission', async (t) => {
  await withMempool({}, async (mempool) => {
    const first = await mempool.add(blobOf('a', 10))
    const second = await mempool.add(blobOf('a', 10))
    t.deepEqual(first, second)
    t.is(mempool.size, 1)
  })
})

test('a blob that cannot be in a block is refused with a code', async (t) => {
  await withMempool({ maxBytes: 1_000 }, async (mempool) => {
    const code = async (blob: ReturnType<typeof blobOf>) =>
      ((await t.throwsAsync(mempool.add(blob))) as unknown as { code: string }).code
    t.is(await code(blobOf('a', 0)), 'blob-empty')
    t.is(await code(blobOf('a', maxBlobBytes(4) + 1)), 'blob-too-large')
    t.is(await code({ ...blobOf('a', 5), namespace: new Uint8Array(29).fill(1) }), 'bad-namespace')
    t.is(await code(blobOf('a', 5, 8)), 'bad-flags')
    t.is(await code(blobOf('a', 31, FLAG_ALIGNED | FLAG_RAW)), 'not-canonical')
    t.is(await code(blobOf('a', 1_001)), 'queue-full')
    t.is(mempool.size, 0)
  })
})

test('what is selected fits into the rows, oldest first, without what is taken', async (t) => {
  await withMempool({ maxBytes: 10_000_000 }, async (mempool) => {
    const sizes = [100_000, 300, 150_000, 120_000, 90_000, 2_000]
    for (const [i, size] of sizes.entries())
      await mempool.add(blobOf(`n${i}`, size, i === 3 ? FLAG_ALIGNED : 0))
    const all = mempool.all()
    const chosen = mempool.select(4, { except: new Set([toHex(all[1]!.blobId)]) })
    t.true(chosen.length >= 3)
    t.is(chosen[0], all[0])
    t.false(chosen.includes(all[1]!))
    t.true(
      rowsNeeded(chosen.map(({ namespace, data, flags }) => ({ namespace, length: data.length, flags }))) <=
        4,
    )
  })
})

test('an aligned blob of all rows but the one of the list is taken and selected', async (t) => {
  await withMempool({ maxBytes: 10_000_000 }, async (mempool) => {
    await mempool.add(blobOf('a', 3 * 64 * 1_984, FLAG_ALIGNED))
    t.is(mempool.select(4, { except: new Set() }).length, 1)
    await t.throwsAsync(mempool.add(blobOf('b', 3 * 64 * 1_984 + 1, FLAG_ALIGNED)), {
      code: 'blob-too-large',
    })
  })
})

test('the largest blob that is taken fits into a block by itself', async (t) => {
  await withMempool({ maxBytes: 10_000_000 }, async (mempool) => {
    const blob = blobOf('a', maxBlobBytes(4))
    await mempool.add(blob)
    t.is(mempool.select(4, { except: new Set() }).length, 1)
    t.is(rowsNeeded([{ namespace: blob.namespace, length: blob.data.length, flags: 0 }]), 4)
  })
})

test('a follower is not acknowledged before its predecessor is on disk', async (t) => {
  const written: number[] = []
  let letGo = () => {}
  const gate = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const store = {
    async putSubmission(_blobId: Uint8Array, { data }: { readonly data: Uint8Array }) {
      if (data.length === 900) await gate
      written.push(data.length)
    },
    async deleteSubmissions() {},
    async *submissions() {},
    async putTicket() {},
    locateBlob: async () => undefined,
  }
  const mempool = createMempool({ maxBytes: 10_000, maxRows: 4 }, { store, metrics: noMetrics })
  const large = blobOf('a', 900)
  const first = mempool.add(large)
  const second = mempool.add({ ...blobOf('a', 10), after: blobIdOf(large) })
  const other = await mempool.add(blobOf('b', 20))
  t.truthy(other)
  t.deepEqual(written, [20])
  letGo()
  await Promise.all([first, second])
  t.deepEqual(written, [20, 900, 10])
})

test('nobody is told that a blob is taken before it is on disk, whoever else brought it', async (t) => {
  const folder = await temporaryFolder()
  const store = createStore({ location: join(folder.path, 'db') }, { log: silent, metrics: noMetrics })
  await store.open()
  try {
    let letGo = () => {}
    const gate = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const slow = {
      ...store,
      putSubmission: async (...args: Parameters<typeof store.putSubmission>) => {
        await gate
        return store.putSubmission(...args)
      },
    }
    const mempool = createMempool({ maxBytes: 1_000, maxRows: 4 }, { store: slow, metrics: noMetrics })
    const acknowledged: string[] = []
    const first = mempool.add(blobOf('a', 10)).then(() => acknowledged.push('first'))
    const second = mempool.add(blobOf('a', 10)).then(() => acknowledged.push('second'))
    await new Promise((resolve) => setTimeout(resolve, 50))
    t.deepEqual(acknowledged, [])
    letGo()
    await Promise.all([first, second])
    t.deepEqual(acknowledged.sort(), ['first', 'second'])

    // And a blob that could not be written is acknowledged to neither.
    const broken = {
      ...store,
      putSubmission: async () => {
        throw new Error('no disk')
      },
    }
    const failing = createMempool({ maxBytes: 1_000, maxRows: 4 }, { store: broken, metrics: noMetrics })
    const results = await Promise.allSettled([failing.add(blobOf('b', 10)), failing.add(blobOf('b', 10))])
    t.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected'],
    )
    t.is(failing.size, 0)
  } finally {
    await store.close()
    await folder.remove()
  }
})

test('one peer fills its share of the mempool and no more, and gets it back', async (t) => {
  await withMempool({ maxBytes: 400 }, async (mempool) => {
    await mempool.add(blobOf('a', 150), 'peer')
    await t.throwsAsync(mempool.add(blobOf('e', 1), 'peer'), { code: 'queue-full' })
    await mempool.add(blobOf('b', 60), 'other')
    await mempool.add(blobOf('c', 100))
    await mempool.remove([blobIdOf(blobOf('a', 150))])
    await mempool.add(blobOf('d', 70), 'peer')
    t.is(mempool.bytes, 230)
  })
})

const idOf = (blob: ReturnType<typeof blobOf>) => blobIdOf(blob)
const namesOf = (blobs: readonly { readonly data: Uint8Array }[]) => blobs.map(({ data }) => data.length)

test('a blob that comes after another is selected behind it, or when it is below or final, through a restart', async (t) => {
  await withMempool({}, async (mempool, reopen) => {
    const [first, second] = [blobOf('n', 10), blobOf('n', 20)]
    // The follower came first: it waits for its predecessor, which this node does not even know.
    await mempool.add({ ...second, after: idOf(first) }, 'peer')
    t.deepEqual(namesOf(mempool.select(4, { except: new Set() })), [])
    t.deepEqual(namesOf(mempool.select(4, { except: new Set(), below: new Set([toHex(idOf(first))]) })), [20])
    t.deepEqual(mempool.openPredecessor(mempool.all()[0]!), idOf(first))
    await mempool.add(blobOf('n', 30))
    t.deepEqual(namesOf(mempool.select(4, { except: new Set() })), [30])

    const again = await reopen()
    t.deepEqual(namesOf(again.select(4, { except: new Set() })), [30])
    t.deepEqual(
      again.followersOf(idOf(first)).map(({ blobId }) => toHex(blobId)),
      [toHex(idOf(second))],
    )
    again.settle([idOf(first)])
    t.deepEqual(namesOf(again.select(4, { except: new Set() })), [20, 30])
    t.is(again.openPredecessor(again.all()[0]!), undefined)
  })
})

test('predecessor and follower share a block in this order, and only in one namespace', async (t) => {
  await withMempool({}, async (mempool) => {
    const [a, b, c] = [blobOf('n', 10), blobOf('n', 20), blobOf('a', 30)]
    await mempool.add(a)
    await mempool.add({ ...b, after: idOf(a) })
    // Of another namespace: it would be packed before them.
    await mempool.add({ ...c, after: idOf(b) })
    const chosen = mempool.select(4, { except: new Set() })
    t.deepEqual(namesOf(chosen), [10, 20])
    t.true(mempool.isInOrder(chosen, new Set()))
    t.false(mempool.isInOrder(chosen.toReversed(), new Set()))
    t.false(mempool.isInOrder(chosen.slice(1), new Set()))
    t.true(mempool.isInOrder(chosen.slice(1), new Set([toHex(idOf(a))])))
    // What an open block holds is no predecessor here unless it is below.
    t.deepEqual(namesOf(mempool.select(4, { except: new Set([toHex(idOf(a))]) })), [])
  })
})

test('the oldest blob is selected however few rows are wanted, and nothing beside it that does not fit', async (t) => {
  await withMempool({}, async (mempool) => {
    const first = await mempool.add(blobOf('a', 200_000))
    const second = await mempool.add(blobOf('b', 100))
    const ids = (rows: number) =>
      mempool.select(rows, { except: new Set() }).map(({ blobId }) => toHex(blobId))
    t.deepEqual(ids(1), [toHex(first)])
    t.deepEqual(ids(4), [toHex(first), toHex(second)])
  })
})

test('a blob that is brought again while its removal is on its way to the disk is there after a restart', async (t) => {
  const folder = await temporaryFolder()
  const open = async () => {
    const store = createStore({ location: join(folder.path, 'db') }, { log: silent, metrics: noMetrics })
    await store.open()
    return store
  }
  const store = await open()
  // A disk that takes its time over the deletion.
  let release = () => {}
  const slowly = new Promise<void>((resolve) => {
    release = resolve
  })
  const mempool = createMempool(
    { maxBytes: 1_000_000, maxRows: 4 },
    {
      store: {
        ...store,
        async deleteSubmissions(...args) {
          await slowly
          await store.deleteSubmissions(...args)
        },
      },
      metrics: noMetrics,
    },
  )
  const blobId = await mempool.add(blobOf('a', 100))
  const removal = mempool.remove([blobId])
  const again = mempool.add(blobOf('a', 100))
  await new Promise((resolve) => setTimeout(resolve, 100))
  release()
  await Promise.all([removal, again])
  t.true(mempool.has(blobId))
  await store.close()
  const later = await open()
  const waiting: string[] = []
  for await (const { blobId } of later.submissions()) waiting.push(toHex(blobId))
  t.deepEqual(waiting, [toHex(blobId)])
  await later.close()
  await folder.remove()
})

test('a blob that is removed while a client gets its ticket for it waits all the same', async (t) => {
  const folder = await temporaryFolder()
  const store = createStore({ location: join(folder.path, 'db') }, { log: silent, metrics: noMetrics })
  await store.open()
  let removal: Promise<void> | undefined
  const mempool = createMempool(
    { maxBytes: 1_000_000, maxRows: 4 },
    {
      store: {
        ...store,
        async putTicket(...args) {
          removal ??= mempool.remove([blobIdOf(blobOf('a', 100))])
          await store.putTicket(...args)
        },
      },
      metrics: noMetrics,
    },
  )
  const blobId = await mempool.add(blobOf('a', 100), 'peer')
  const record = {
    blobId,
    namespace: blobOf('a', 100).namespace,
    state: 'accepted',
    code: '',
    height: 0,
    root: new Uint8Array(32),
    acceptedMs: 1,
    endedMs: 0,
  } as const
  await mempool.add(blobOf('a', 100), undefined, { record, last: false })
  await removal
  t.true(mempool.has(blobId))
  let kept = 0
  for await (const _ of store.submissions()) kept++
  t.is(kept, 1)
  await store.close()
  await folder.remove()
})
