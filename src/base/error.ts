// The one error class of the project. Codes are closed: each room declares its own union of codes, with the data
// that goes with each, and tests assert the code, never the message. What a peer sends is judged with a verdict
// (verdict.ts) and not thrown about; errors are for callers of ours.

/** An error with a code that programs match on and data that goes with it. */
export class WeftError<Code extends string = string, Data = unknown> extends Error {
  override readonly name = 'WeftError'
  readonly code: Code
  readonly data: Data

  /** `message` says what was expected and what came. */
  constructor(code: Code, message: string, data: Data, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
    this.data = data
  }
}

/** Whether `error` is ours and carries `code`. */
export const hasCode = <Code extends string>(error: unknown, code: Code): error is WeftError<Code> =>
  error instanceof WeftError && error.code === code

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
