// The second node: derives the rollup's state from Weft alone. It follows the namespace from the rollup's first height, reads
// every blob, believes a batch only with its certificate checked against Weft's genesis, takes batches in the order of their numbers, and
// leaves out what strangers publish under the same namespace.

import { type Client, type ReceiptJson, verifyReceipt } from 'weft-da/client'
import { FIRST, readBatch } from './batch.ts'
import { beginningOf, type Rollup } from './rollup.ts'
import { createState, type State } from './state.ts'
import { readTransfer } from './transaction.ts'

export interface Derived {
  readonly height: number
  /** How many batches the state is made of. */
  readonly batches: bigint
  /** Transfers that were carried out, and blobs and transfers that were not. */
  readonly transfers: number
  readonly leftOut: number
  readonly root: string
}

/**
 * Derives, block by block, until the signal aborts. `genesis`: Weft's genesis as JSON, which receipts are checked against.
 * Throws where a certificate does not hold: then the node that was asked lies.
 */
export async function* derive(
  { rollup, genesis }: { readonly rollup: Rollup; readonly genesis: unknown },
  { client }: { readonly client: Pick<Client, 'subscribe' | 'read' | 'receipt'> },
  signal: AbortSignal,
  state: State = createState(beginningOf(rollup)),
): AsyncIterable<Derived> {
  let next = 0n
  let before = FIRST
  let transfers = 0
  let leftOut = 0
  const { namespace, fromHeight: from } = rollup
  for await (const { height, entries } of client.subscribe(namespace, { from, signal })) {
    for (const { blobId } of entries) {
      const { data } = await client.read(blobId, { signal })
      const batch = readBatch(data, rollup.sequencer)
      if (batch === undefined || batch.number !== next || batch.before !== before) {
        leftOut++
        continue
      }
      checkReceipt(await client.receipt(blobId, { signal }), data, genesis)
      for (const bytes of batch.transfers) {
        const transfer = readTransfer(bytes)
        if (transfer !== undefined && state.apply(transfer)) transfers++
        else leftOut++
      }
      next++
      before = blobId
    }
    yield { height, batches: next, transfers, leftOut, root: state.root() }
  }
}

/** That the bytes are those of a certified blob of the chain of this genesis. */
const checkReceipt = (receipt: ReceiptJson, data: Uint8Array, genesis: unknown): void => {
  const verdict = verifyReceipt(receipt, genesis, { data })
  if (verdict.verdict !== 'accept') throw new Error(`expected a receipt that holds, got ${verdict.code}`)
}
