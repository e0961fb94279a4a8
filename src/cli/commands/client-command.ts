// What `publish`, `get` and `status` share: a client with one deadline over everything, ended early by Ctrl-C, and the
// node's refusals turned into exit codes.

import { type Client, type ClientErrorCode, createClient, type Refusal } from '../../api/client.ts'
import { fromHex } from '../../base/bytes.ts'
import { deadline } from '../../base/deadline.ts'
import { WeftError } from '../../base/error.ts'
import type { Context } from '../context.ts'
import { badInput, fail } from '../failure.ts'
import { onShutdown } from '../shutdown.ts'

/**
 * Runs `work` against the node at `api`. Throws `refused` for a final no, `unavailable` for "not now" and for the end
 * of `deadlineMs`, `interrupted` for Ctrl-C.
 */
export const withClient = async <T>(
  {
    api,
    token,
    deadlineMs,
  }: { readonly api: string; readonly token: string | undefined; readonly deadlineMs: number },
  { host }: Context,
  work: (client: Client, signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const shutdown = onShutdown(host)
  const signal = deadline(deadlineMs, shutdown.signal)
  try {
    return await work(createClient(api, { token }), signal)
  } catch (error) {
    if (shutdown.signal.aborted) throw fail('interrupted', 'interrupted', { cause: error })
    if (signal.aborted) {
      throw fail('unavailable', `expected an answer from ${api} within ${deadlineMs} ms, none came`, {
        cause: error,
      })
    }
    throw explained(error)
  } finally {
    shutdown.dispose()
  }
}

const explained = (error: unknown): unknown => {
  if (!(error instanceof WeftError)) return error
  switch (error.code as ClientErrorCode) {
    case 'no-node':
    case 'not-weft':
      return fail('unavailable', `${error.message}; start a node, or name its API with --api`, {
        cause: error,
      })
    case 'wrong-answer':
      return fail('unavailable', error.message, { cause: error })
    case 'error-answer': {
      const { status, code } = error.data as Refusal
      if (code === 'no-such-route') {
        return fail('refused', 'the node has no such function; a light node neither publishes nor reads', {
          cause: error,
        })
      }
      return fail(status >= 500 || status === 429 ? 'unavailable' : 'refused', error.message, {
        cause: error,
      })
    }
    default:
      return error
  }
}

/** A blobId of 64 hex digits, in lower case. Throws `usage`. */
export const readBlobId = (given: string): string => {
  if (fromHex(given, 32) === undefined) {
    throw badInput(
      `expected a blobId of 64 hex digits, got "${given.slice(0, 80)}" (${given.length} characters)`,
    )
  }
  return given.replace(/^0x/, '').toLowerCase()
}
