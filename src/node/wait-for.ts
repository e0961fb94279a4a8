// Waiting for a publication to come somewhere: woken when something happened to the blob, and looking each time at
// what is so now. Whoever was cut off waits again by the blobId and misses nothing, since states are looked up.

import { toHex } from '../base/bytes.ts'
import type { BlobState } from './types.ts'
import type { Watchers } from './watchers.ts'

export interface WaitComponents {
  readonly blobState: (blobId: Uint8Array) => Promise<BlobState>
  readonly watchers: Pick<Watchers, 'next'>
}

/** The states of a blob from now on, each when it is another than before; ends behind `certified` and `failed`. */
export async function* statesOf(
  blobId: Uint8Array,
  { blobState, watchers }: WaitComponents,
  signal: AbortSignal,
): AsyncGenerator<BlobState> {
  let last: BlobState | undefined
  for (;;) {
    // Before the look: what happens between the two is not missed.
    const woken = watchers.next(toHex(blobId), signal)
    const now = await blobState(blobId)
    signal.throwIfAborted()
    if (last === undefined || !isSame(last, now)) yield now
    if (now.state === 'certified' || now.state === 'failed') return
    last = now
    await woken
  }
}

/** The first state that is the goal, beyond it, or `failed`. Rejects with the signal's reason. */
export const waitFor = async (
  blobId: Uint8Array,
  goal: 'included' | 'certified',
  components: WaitComponents,
  signal: AbortSignal,
): Promise<BlobState> => {
  for await (const state of statesOf(blobId, components, signal)) {
    if (state.state === goal || state.state === 'certified' || state.state === 'failed') return state
  }
  throw new Error('expected states to go on until the end of a publication')
}

const isSame = (a: BlobState, b: BlobState): boolean =>
  a.state === b.state &&
  ('root' in a ? 'root' in b && a.height === b.height && toHex(a.root) === toHex(b.root) : true)
