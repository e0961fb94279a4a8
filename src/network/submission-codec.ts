// Submissions on the wire. SSZ copies the data when it writes and again when it reads, each time the 32 MiB of a large blob in
// one turn; here it goes out from where it lies, and stays where it came.

import { type Submission, SubmissionType } from '../chain/containers.ts'
import type { Codec } from './codec.ts'

/** namespace 29 | flags 1 | offset of data 4 | offset of after 4; then data, then after. */
const FIXED_BYTES = 38
const AFTER_OFFSET = 34

export const submissionCodec: Codec<Submission> = {
  minSize: SubmissionType.minSize,
  maxSize: SubmissionType.maxSize,
  serialize: (submission) => SubmissionType.serialize(submission),
  /** What is returned lies in `bytes`. */
  deserialize: (bytes) => SubmissionType.deserialize(bytes, { reuseBytes: true }),
  parts({ data, ...rest }) {
    const around = SubmissionType.serialize({ ...rest, data: new Uint8Array() })
    new DataView(around.buffer, around.byteOffset).setUint32(AFTER_OFFSET, FIXED_BYTES + data.length, true)
    return [around.subarray(0, FIXED_BYTES), data, around.subarray(FIXED_BYTES)]
  },
}
