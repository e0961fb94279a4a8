// Blocks that look like blocks and prove nothing: the store does not judge. Seeded, so that a test can tell them apart.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BitArray } from '@chainsafe/ssz'
import type { ExecutionContext } from 'ava'
import { ClassicLevel } from 'classic-level'
import type { LogFields, Logger } from '../../src/base/log.ts'
import type { Metrics } from '../../src/base/metrics.ts'
import type { Certificate, Column, Proposal } from '../../src/chain/containers.ts'
import type { SampleRecord } from '../../src/chain/ports.ts'
import type { Entry } from '../../src/grid/containers.ts'
import { createStore, type NodeStore, type StoreComponents, type StoreInit } from '../../src/store/store.ts'

/** `length` bytes that depend on `seed` alone. */
export const bytes = (length: number, seed: number): Uint8Array => {
  const out = new Uint8Array(length)
  let state = (seed * 2_654_435_761 + 1) >>> 0
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    out[i] = state >>> 24
  }
  return out
}

export const rootOf = (seed: number): Uint8Array => bytes(32, 7_000 + seed)

export const namespaceOf = (seed: number): Uint8Array => {
  const namespace = new Uint8Array(29)
  namespace.set(bytes(10, 100 + seed), 19)
  return namespace
}

export const entryOf = (namespace: number, startCell: number, seed: number): Entry => ({
  namespace: namespaceOf(namespace),
  startCell,
  length: 1_000 + seed,
  flags: 0,
  blobId: bytes(32, 9_000 + seed),
})

export const proposalOf = (height: number, seed: number, rows = 2, entries: Entry[] = []): Proposal => ({
  header: {
    message: {
      version: 1,
      chainId: bytes(32, 1),
      height,
      parentHeight: height - 1,
      parentRoot: rootOf(seed - 1),
      timestamp: 1_700_000_000_000 + seed,
      proposer: seed % 4,
      rowCount: rows,
      commitmentsRoot: bytes(32, 2 + seed),
      entriesCell: 1,
      entriesRoot: bytes(32, 3 + seed),
      dataRoot: bytes(32, 4 + seed),
      proofsRoot: bytes(32, 5 + seed),
      validatorsRoot: bytes(32, 6),
    },
    signature: bytes(96, seed),
  },
  commitments: Array.from({ length: rows }, (_, i) => bytes(48, seed + i)),
  entries,
  sheet: Array.from({ length: rows * 128 }, (_, i) => bytes(48, seed + i)),
})

export const columnOf = (proposal: Proposal, index: number): Column => ({
  header: proposal.header,
  index,
  cells: proposal.commitments.map((_, row) =>
    bytes(2_048, proposal.header.message.height * 1_000 + index * 300 + row),
  ),
  branch: Array.from({ length: 7 }, (_, i) => bytes(32, index * 7 + i)),
})

export const certificateOf = (height: number, kind: number, root: Uint8Array): Certificate => ({
  kind,
  height,
  root,
  signers: BitArray.fromBoolArray([true, true, false, true]),
  signature: bytes(96, height),
})

export const sampleRecordOf = (height: number, seed: number): SampleRecord => ({
  root: rootOf(seed),
  height,
  verdict: seed % 2 === 0 ? 'available' : 'unavailable',
  samples: 16,
  decidedMs: 1_700_000_000_000 + seed,
})

export interface Watch {
  readonly components: StoreComponents
  readonly counts: Map<string, number>
  readonly lines: { fields: LogFields; message: string }[]
}

/** Components that remember what was logged as an error and counted. */
export const watch = (): Watch => {
  const counts = new Map<string, number>()
  const lines: Watch['lines'] = []
  const log: Logger = {
    debug() {},
    info() {},
    warn() {},
    error: (fields, message) => void lines.push({ fields, message }),
  }
  const metrics: Metrics = {
    count: (name, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by),
    gauge() {},
    observe() {},
  }
  return { components: { log, metrics }, counts, lines }
}

export const temporaryFolder = async (t: ExecutionContext): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'weft-store-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A store on disk that is open, and closed when the test ends. */
export const openStore = async (
  t: ExecutionContext,
  init: Partial<StoreInit> = {},
  components: StoreComponents = watch().components,
): Promise<NodeStore & { readonly location: string }> => {
  const location = init.location ?? (await temporaryFolder(t))
  const store = createStore({ ...init, location }, components)
  await store.open()
  t.teardown(() => store.close())
  return Object.assign(Object.create(store) as NodeStore, { location })
}

export const collect = async <T>(iterable: AsyncIterable<T>): Promise<T[]> => {
  const items: T[] = []
  for await (const item of iterable) items.push(item)
  return items
}

/** The keys and values of a store that is closed, as they lie on the disk. */
export const withDatabase = async <T>(
  location: string,
  work: (db: ClassicLevel<Uint8Array, Uint8Array>) => Promise<T>,
) => {
  const db = new ClassicLevel<Uint8Array, Uint8Array>(location, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  })
  await db.open()
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}
