// Writes a database as format 1 had it, key by key, with nothing of today's store but the envelope of its values: final
// records without a parent, rows that are not indexed, no markers, no ledger.

import { ClassicLevel } from 'classic-level'
import { CommitmentsType, EntriesType, SignedHeaderType } from '../../src/chain/containers.ts'
import { seal } from '../../src/store/envelope.ts'
import { bytes, entryOf, namespaceOf, proposalOf, rootOf } from './helpers.ts'

const key = (letter: string, ...rest: readonly (Uint8Array | bigint)[]): Uint8Array => {
  const parts = [Buffer.from(letter)]
  for (const part of rest) {
    if (typeof part === 'bigint') {
      const bytes = Buffer.alloc(8)
      bytes.writeBigUInt64BE(part)
      parts.push(bytes)
    } else parts.push(Buffer.from(part))
  }
  return new Uint8Array(Buffer.concat(parts))
}

const little = (value: number, bytes: number): Uint8Array => {
  const out = Buffer.alloc(8)
  out.writeBigUInt64LE(BigInt(value))
  return new Uint8Array(out.subarray(0, bytes))
}

/** Height of the block whose blob is aligned. */
export const ALIGNED_HEIGHT = 701

export interface WaitingBlob {
  readonly blobId: Uint8Array
  readonly sinceMs: number
  readonly namespace: Uint8Array
  readonly flags: number
  readonly data: Uint8Array
}

/** What waits for a block in such a database, in order of arrival: one that is cut into pieces later, one that is not. */
export const WAITING: readonly WaitingBlob[] = [
  { blobId: rootOf(9_001), sinceMs: 5_000, namespace: namespaceOf(1), flags: 0, data: bytes(2_500_000, 1) },
  { blobId: rootOf(9_000), sinceMs: 5_001, namespace: namespaceOf(2), flags: 1, data: bytes(300, 2) },
]

/** Formats 1 and 2 had the data in one value with the rest: SSZ of the order of arrival and of a container of three. */
export const waitingOfFormat1 = ({ sinceMs, namespace, flags, data }: WaitingBlob): Uint8Array =>
  new Uint8Array([
    ...little(sinceMs, 8),
    ...little(12, 4),
    ...namespace,
    ...little(flags, 1),
    ...little(34, 4),
    ...data,
  ])

/** Final blocks at heights 1 to `count`, each with one blob; the header of every tenth is not there. */
export const writeFormat1 = async (location: string, count: number, chainId: Uint8Array): Promise<void> => {
  const db = new ClassicLevel<Uint8Array, Uint8Array>(location, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  })
  await db.open()
  const put = async (at: Uint8Array, payload: Uint8Array) => db.put(at, await seal(at, payload))
  await put(key('M', Buffer.from('format')), little(1, 4))
  await put(key('M', Buffer.from('chain')), chainId)
  await put(key('M', Buffer.from('earliest')), little(1, 8))
  for (let height = 1; height <= count; height++) {
    const at = BigInt(height)
    const root = rootOf(height)
    const entries = [{ ...entryOf(1, 0, height), flags: height === ALIGNED_HEIGHT ? 1 : 0 }]
    const { header, commitments } = proposalOf(height, height, 2, entries)
    await put(key('R', root), little(height, 8))
    if (height % 10 !== 0) await put(key('H', at, root), SignedHeaderType.serialize(header))
    if (height === ALIGNED_HEIGHT) await put(key('K', at, root), CommitmentsType.serialize(commitments))
    await put(key('F', at), new Uint8Array([...root, ...little(1_000 + height, 8)]))
    await put(key('A', BigInt(1_000 + height), at), new Uint8Array(0))
    await put(key('E', at), EntriesType.serialize(entries))
    await put(key('B', entries[0]!.blobId, at), little(0, 4))
    await put(key('N', entries[0]!.namespace, at), new Uint8Array([...little(0, 4), ...little(1, 4)]))
  }
  for (const waiting of WAITING) await put(key('W', waiting.blobId), waitingOfFormat1(waiting))
  await db.close()
}
