// Submissions in parts and in place, against the container's own SSZ.

import { randomBytes } from 'node:crypto'
import test from 'ava'
import { concat } from '../../src/base/bytes.ts'
import { SubmissionType } from '../../src/chain/containers.ts'
import { submissionCodec } from '../../src/network/submission-codec.ts'

const random = (length: number) => new Uint8Array(randomBytes(length))

test('the parts of a submission are its serialisation, and its data is one of them as it lies', (t) => {
  for (const length of [0, 1, 255, 70_000, 1_000_000]) {
    for (const after of [[], [random(32)]]) {
      const submission = { namespace: random(29), flags: 3, data: random(length), after }
      const parts = submissionCodec.parts!(submission)
      const bytes = SubmissionType.serialize(submission)
      t.deepEqual(concat(...parts), bytes)
      t.true(parts.includes(submission.data))
      const read = submissionCodec.deserialize(bytes)
      t.deepEqual(read, submission)
      t.is(read.data.buffer, bytes.buffer)
    }
  }
})

test('what is no submission is refused as by the container', (t) => {
  const { length } = SubmissionType.serialize(SubmissionType.defaultValue())
  for (let i = 0; i < 200; i++) {
    const bytes = random(i % (2 * length))
    const outcome = (deserialize: (bytes: Uint8Array) => unknown) => {
      try {
        return deserialize(bytes)
      } catch {
        return 'refused'
      }
    }
    t.deepEqual(
      outcome(submissionCodec.deserialize),
      outcome((each) => SubmissionType.deserialize(each)),
    )
  }
})
