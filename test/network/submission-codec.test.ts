// Submissions in parts and in place, against the container's own SSZ.

import { randomBytes } from 'node:crypto'
import test from 'ava'
import { concat } from '../../src/base/bytes.ts'
import { SubmissionType } from '../../src/chain/containers.ts'
import { submissionCodec } from '../../src/network/submission-codec.ts'

const random = (length: number) => new Uint8Array(randomBytes(length))

test('the parts of a submission are its serialisation, and its data is one of them as it lies', (t) => {
  for (const length of [0, 1, 255, 70_000, 1_100_000]) {
    for (const after of [[], [random(32)]]) {
      const submission = { namespace: random(29), flags: 3, data: random(length), after }
      const parts = submissionCodec.parts!(submission)
      const bytes = SubmissionType.serialize(submission)
      t.deepEqual(concat(...parts), bytes)
      t.true(parts.includes(submission.data))
      const read = submissionCodec.deserialize(bytes)
      t.deepEqual(read, submission)
      t.is(read.data.buffer === bytes.buffer, length > 2 ** 20)
    }
  }
})

test('what is no submission is refused as by the container', (t) => {
  const good = SubmissionType.serialize({
    namespace: random(29),
    flags: 0,
    data: random(40),
    after: [random(32)],
  })
  const outcomes = { read: 0, refused: 0 }
  // Each byte that says where something lies, and each length.
  const mutants: readonly Uint8Array[] = [
    ...[30, 31, 32, 33, 34, 35, 36, 37].flatMap((at) =>
      Array.from({ length: 256 }, (_, value) => good.with(at, value)),
    ),
    ...Array.from({ length: good.length }, (_, length) => good.slice(0, length)),
    ...[32, 33, 64].map((more) => concat(good, random(more))),
  ]
  for (const bytes of mutants) {
    const outcome = (deserialize: (bytes: Uint8Array) => unknown) => {
      try {
        return deserialize(bytes)
      } catch {
        return 'refused'
      }
    }
    const expected = outcome((each) => SubmissionType.deserialize(each))
    t.deepEqual(outcome(submissionCodec.deserialize), expected)
    outcomes[expected === 'refused' ? 'refused' : 'read']++
  }
  t.true(outcomes.read > 8 && outcomes.refused > 1_000, JSON.stringify(outcomes))
})
