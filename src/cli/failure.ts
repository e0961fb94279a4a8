// How a command ends, other than well: an exit code that means something, and one sentence. Anything else that is
// thrown is a fault of the program and ends with `unexpected`.

import { WeftError } from '../base/error.ts'

/** docs/cli.md, "Exit codes". */
export const EXIT = {
  ok: 0,
  /** A fault of the program itself. */
  unexpected: 1,
  /** Options, files or arguments that cannot be used: nothing was done. */
  usage: 2,
  /** A final no: the node refused the blob, or it is surely not there, or no longer kept. */
  refused: 3,
  /** Not now: nothing answers, or time ran out. Trying again makes sense. */
  unavailable: 4,
  /** `devnet`: something that it claims did not hold. */
  claim: 5,
  /** Ended by a second Ctrl-C, or a command that was interrupted. */
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
export type CliErrorCode = Exclude<keyof typeof EXIT, 'ok' | 'unexpected'>

/** Ends the command with the exit code of `code` and the sentence `message`. */
export const fail = (
  code: CliErrorCode,
  message: string,
  options?: { readonly cause?: unknown },
): WeftError<CliErrorCode> => new WeftError(code, message, undefined, options)

/** What came was not what was expected: exit code 2. */
export const badInput = (message: string, options?: { readonly cause?: unknown }) =>
  fail('usage', message, options)

export const exitCodeOf = (error: unknown): ExitCode =>
  error instanceof WeftError && Object.hasOwn(EXIT, error.code)
    ? EXIT[error.code as CliErrorCode]
    : EXIT.unexpected
