// What the sequencer publishes: transfers in an order, numbered, each batch naming the one before it, and signed. Anybody may
// publish under the rollup's namespace, so a blob is a batch only if the sequencer signed it.
//
//   number u64 | blobId of the batch before 32 (zero for the first) | transfers 144 each | signature 64

import type { KeyObject } from 'node:crypto'
import { isSigned, signBytes, TRANSACTION_BYTES } from './transaction.ts'

const HEAD_BYTES = 40
const SIGNATURE_BYTES = 64
const DOMAIN = Buffer.from('sovereign-rollup.batch.v1')
/** Some 140 kB: a batch fits two rows of a block. */
export const MAX_TRANSFERS = 1_000

export interface Batch {
  readonly number: bigint
  /** 64 hex digits. */
  readonly before: string
  readonly transfers: readonly Uint8Array[]
}

export const FIRST = '00'.repeat(32)

export const writeBatch = ({ number, before, transfers }: Batch, key: KeyObject): Uint8Array => {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeBigUInt64BE(number, 0)
  head.write(before, 8, 32, 'hex')
  const body = Buffer.concat([head, ...transfers])
  return Buffer.concat([body, signBytes(DOMAIN, body, key)])
}

/** The batch in a blob; undefined where it is none of this sequencer's (its public key in hex). */
export const readBatch = (given: Uint8Array, sequencer: string): Batch | undefined => {
  const count = (given.length - HEAD_BYTES - SIGNATURE_BYTES) / TRANSACTION_BYTES
  if (!Number.isInteger(count) || count < 0 || count > MAX_TRANSFERS) return undefined
  const bytes = Buffer.from(given)
  const body = bytes.subarray(0, -SIGNATURE_BYTES)
  if (!isSigned(DOMAIN, body, Buffer.from(sequencer, 'hex'), bytes.subarray(-SIGNATURE_BYTES)))
    return undefined
  return {
    number: body.readBigUInt64BE(0),
    before: body.subarray(8, HEAD_BYTES).toString('hex'),
    transfers: Array.from({ length: count }, (_, i) =>
      body.subarray(HEAD_BYTES + i * TRANSACTION_BYTES, HEAD_BYTES + (i + 1) * TRANSACTION_BYTES),
    ),
  }
}
