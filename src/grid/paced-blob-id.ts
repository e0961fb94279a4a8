// blobIdOf for a thread that does other things too: a slice a turn, since a blob of 32 MiB takes 20 to 150 ms. For Node
// only, as node-sha256.ts is.

import { createHash } from 'node:crypto'
import { createPacer } from '../base/next-turn.ts'
import { type Blob, blobHead } from './blob.ts'

const PIECE_BYTES = 512 * 1_024

export const pacedBlobIdOf = async (blob: Blob): Promise<Uint8Array> => {
  const hash = createHash('sha256')
  for (const part of blobHead(blob)) hash.update(part)
  const pace = createPacer()
  for (let at = 0; at < blob.data.length; at += PIECE_BYTES) {
    if (at > 0) await pace()
    hash.update(blob.data.subarray(at, at + PIECE_BYTES))
  }
  // A copy: small digests are views of Buffer's shared pool otherwise.
  return new Uint8Array(hash.digest())
}
