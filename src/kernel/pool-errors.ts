// Errors on their way between threads. structuredClone keeps neither classes of ours nor codes, so that an error
// crosses as plain data and is built again on the other side: code, data and cause survive.

import { WeftError } from '../base/error.ts'

/** An error as plain data. */
export interface ErrorData {
  readonly name: string
  readonly message: string
  readonly stack?: string
  /** Code and data of a WeftError. */
  readonly code?: string
  readonly data?: unknown
  readonly cause?: ErrorData
}

/** Plain data of anything that was thrown; causes to a depth of 4, `data` only if it can be cloned. */
export const packError = (error: unknown, depth = 0): ErrorData => {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  return {
    name: error.name,
    message: error.message,
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(error instanceof WeftError && { code: String(error.code), data: cloneable(error.data) }),
    ...(error.cause !== undefined && depth < MAX_CAUSES && { cause: packError(error.cause, depth + 1) }),
  }
}

/** The error again: a WeftError if it was one, a RangeError or TypeError likewise, otherwise an Error of its name. */
export const unpackError = (packed: ErrorData): Error => {
  const options = packed.cause === undefined ? {} : { cause: unpackError(packed.cause) }
  const error =
    packed.code === undefined
      ? new (builtins.get(packed.name) ?? Error)(packed.message, options)
      : new WeftError(packed.code, packed.message, packed.data, options)
  if (error.name !== packed.name) Object.defineProperty(error, 'name', { value: packed.name })
  if (packed.stack !== undefined) error.stack = packed.stack
  return error
}

const MAX_CAUSES = 4

const builtins = new Map<string, ErrorConstructor>([
  ['RangeError', RangeError],
  ['TypeError', TypeError],
])

const cloneable = (data: unknown): unknown => {
  try {
    return structuredClone(data)
  } catch {
    return undefined
  }
}
