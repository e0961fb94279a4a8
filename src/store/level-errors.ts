// Reading the errors of `abstract-level`, whose code is often one or two causes deep.

/** Whether an error, or one of its causes, carries the code. */
export const hasErrorCode = (error: unknown, code: string): boolean => {
  let current = error
  for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
    if ((current as { readonly code?: unknown }).code === code) return true
    current = current.cause
  }
  return false
}

/** Whether a read failed because the bytes on disk are damaged or cannot be had, not because of our doing. */
export const isDamage = (error: unknown): boolean =>
  hasErrorCode(error, 'LEVEL_CORRUPTION') || hasErrorCode(error, 'LEVEL_IO_ERROR')

/**
 * Whether files of the database are broken in a way that LevelDB can repair: it says so, or misses a file, or one is
 * shorter than its index says (which it reports as an invalid argument). A full disk or a failing one is not that.
 */
export const isBroken = (error: unknown): boolean =>
  hasErrorCode(error, 'LEVEL_CORRUPTION') ||
  (hasErrorCode(error, 'LEVEL_IO_ERROR') &&
    messagesOf(error).some((message) => /Invalid argument|No such file or directory/.test(message)))

const messagesOf = (error: unknown): string[] => {
  const messages: string[] = []
  let current = error
  for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
    messages.push(current.message)
    current = current.cause
  }
  return messages
}

/** Whether an operation met a database, or an iterator, that was closed. */
export const isClosed = (error: unknown): boolean =>
  hasErrorCode(error, 'LEVEL_DATABASE_NOT_OPEN') || hasErrorCode(error, 'LEVEL_ITERATOR_NOT_OPEN')
