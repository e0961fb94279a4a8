// Submissions on the wire. SSZ copies the data when it writes and again when it reads, the 32 MiB of a large blob in one turn
// each time; here they go out from where they lie, and stay where they came.

import { type Submission, SubmissionType } from '../chain/containers.ts'
import type { Codec } from './codec.ts'

/** namespace 29 | flags 1 | offset of data 4 | offset of after 4; then data, then after. */
const FIXED_BYTES = 38
const AFTER_OFFSET = 34
const LARGE_BYTES = 2 ** 20

export const submissionCodec: Codec<Submission> = {
  minSize: SubmissionType.minSize,
  maxSize: SubmissionType.maxSize,
  serialize: (submission) => SubmissionType.serialize(submission),
  /** A large one lies in `bytes` then; a small one would keep as much again of the array that it came in. */
  deserialize: (bytes) => SubmissionType.deserialize(bytes, { reuseBytes: bytes.length >= LARGE_BYTES }),
  parts({ data, ...rest }) {
    const around = SubmissionType.serialize({ ...rest, data: new Uint8Array() })
    new DataView(around.buffer, around.byteOffset).setUint32(AFTER_OFFSET, FIXED_BYTES + data.length, true)
    return [around.subarray(0, FIXED_BYTES), data, around.subarray(FIXED_BYTES)]
  },
}
