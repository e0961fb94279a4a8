// The two ways in which KZG fails: what the caller passed is malformed, or the backend is not there. A well-formed
// claim that is wrong is no error but `false`.

import { messageOf, WeftError } from '../base/error.ts'
import type { KzgError } from './port.ts'

/** An error for input that no backend may accept: `reason` says what was expected and what came. */
export const malformed = (reason: string, cause?: unknown): KzgError =>
  new WeftError('malformed-input', reason, { reason }, { cause })

/** An error for a backend that cannot be had here: its package, its files, or the engine's support is missing. */
export const unavailable = (reason: string, cause?: unknown): KzgError =>
  new WeftError('backend-unavailable', reason, { reason }, { cause })

/** Runs an operation of another library, whose every error is about its input, and turns its errors into ours. */
export const refusing = <T>(operation: string, run: () => T): T => {
  try {
    return run()
  } catch (error) {
    if (error instanceof WeftError) throw error
    throw malformed(`${operation}: ${messageOf(error)}`, error)
  }
}

/** Runs an operation of the kernels, whose RangeErrors are about its input; other errors are faults and stay. */
export const refusingRange = <T>(what: string, run: () => T): T => {
  try {
    return run()
  } catch (error) {
    if (error instanceof RangeError) throw malformed(`${what}: ${error.message}`, error)
    throw error
  }
}
