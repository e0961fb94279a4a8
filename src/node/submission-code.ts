// What a leader answers to a blob that is brought to it.

/** Codes of a SubmissionAnswer (docs/protocol.md, "Streams"). */
export const SUBMISSION_CODE = {
  accepted: 0,
  invalid: 1,
  tooLarge: 2,
  queueFull: 3,
  notTaken: 4,
  failed: 5,
} as const

/** Codes of errors that say of a blob that it can be in no block: `SUBMISSION_CODE.invalid`. */
export const FAULTS_OF_BLOBS: ReadonlySet<string> = new Set([
  'blob-empty',
  'bad-namespace',
  'bad-flags',
  'not-canonical',
  'not-encodable',
])
