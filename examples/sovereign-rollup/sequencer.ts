// The sequencer: takes transfers, puts them into an order, and publishes them in batches. A batch is on its disk before it is
// published; after a crash the same bytes are published again, which is the same publication, because a blob's name is the
// hash of what it holds. Nothing is called done before Weft certified it.

import type { KeyObject } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { blobIdOf, type Client } from 'weft-da/client'
import { FIRST, MAX_TRANSFERS, readBatch, writeBatch } from './batch.ts'
import { beginningOf, type Rollup } from './rollup.ts'
import { createState, type State } from './state.ts'
import { accountOf, readTransfer } from './transaction.ts'

export interface Sequencer {
  readonly state: State
  /** Whether the transfer is valid after those before it, and will be in the next batch. */
  submit(transfer: Uint8Array): boolean
  /** Publishes what has come as one batch and waits for its certificate. Resolves with the blobId, or undefined if nothing has come. */
  publish(signal: AbortSignal): Promise<string | undefined>
  /** Publishes again what may not have arrived before the last stop. */
  recover(signal: AbortSignal): Promise<void>
}

/** A sequencer that goes on from what lies in `folder`. */
export const createSequencer = (
  { rollup, folder, key }: { readonly rollup: Rollup; readonly folder: string; readonly key: KeyObject },
  { client }: { readonly client: Pick<Client, 'publish' | 'waitFor'> },
): Sequencer => {
  if (accountOf(key) !== rollup.sequencer) throw new Error(`expected the key of ${rollup.sequencer}`)
  mkdirSync(folder, { recursive: true })
  const state = createState(beginningOf(rollup))
  const namespace = Buffer.from(rollup.namespace, 'hex')
  const stored = readdirSync(folder)
    .filter((name) => name.endsWith('.batch'))
    .sort()
    .map((name) => readFileSync(join(folder, name)))
  let before = FIRST
  for (const bytes of stored) {
    for (const transfer of readBatch(bytes, rollup.sequencer)?.transfers ?? []) {
      const read = readTransfer(transfer)
      if (read !== undefined) state.apply(read)
    }
    before = Buffer.from(blobIdOf({ namespace, flags: 0, data: bytes })).toString('hex')
  }
  let number = BigInt(stored.length)
  let waiting: Uint8Array[] = []

  const certify = async (data: Uint8Array, signal: AbortSignal): Promise<string> => {
    const { blobId } = await client.publish({ namespace: rollup.namespace, data }, { signal })
    const { state: reached } = await client.waitFor(blobId, 'certified', { signal })
    if (reached !== 'certified') throw new Error(`expected batch ${blobId} to be certified, it is ${reached}`)
    return blobId
  }

  return {
    state,
    submit(transfer) {
      const read = readTransfer(transfer)
      if (waiting.length >= MAX_TRANSFERS || read === undefined || !state.apply(read)) return false
      waiting.push(transfer)
      return true
    },
    async publish(signal) {
      if (waiting.length === 0) return undefined
      const data = writeBatch({ number, before, transfers: waiting }, key)
      writeSynced(join(folder, `${String(number).padStart(12, '0')}.batch`), data)
      waiting = []
      number++
      before = Buffer.from(blobIdOf({ namespace, flags: 0, data })).toString('hex')
      return certify(data, signal)
    },
    async recover(signal) {
      // Only the last one can be on the way: the one before it was certified before it was made.
      const last = stored.at(-1)
      if (last !== undefined) await certify(last, signal)
    },
  }
}

/** All of the file, on the disk, or nothing under its name. */
const writeSynced = (path: string, bytes: Uint8Array): void => {
  const temporary = `${path}.tmp`
  const file = openSync(temporary, 'w')
  writeSync(file, bytes)
  fsyncSync(file)
  closeSync(file)
  renameSync(temporary, path)
}
