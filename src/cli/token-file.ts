// The tokens of a node's API: tokens.json in its folder, readable by its owner only. A running node looks at it again
// when it has changed, so that making and revoking a token need no restart.

import { existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { rights, type TokenRecord } from '../api/tokens.ts'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import { badInput } from './failure.ts'
import { readIfThere, replaceSecret } from './files.ts'

/** Most tokens of a node. */
export const MAX_TOKENS = 1_024
/** A change is noticed after this time at the latest. */
const LOOK_AGAIN_MS = 1_000

/** The tokens in a file; none where there is no file. Throws `usage` where it is something else. */
export const readTokens = (path: string): readonly TokenRecord[] => {
  const text = readIfThere(path)
  if (text === undefined) return []
  let tokens: unknown
  try {
    tokens = (JSON.parse(text) as { tokens?: unknown }).tokens
  } catch (cause) {
    throw badInput(`expected JSON in ${path}: ${messageOf(cause)}`, { cause })
  }
  if (!Array.isArray(tokens) || tokens.length > MAX_TOKENS || !tokens.every(isToken))
    throw badInput(`expected the tokens of a node in ${path}, as weft token writes them`)
  return tokens
}

export const writeTokens = (path: string, tokens: readonly TokenRecord[]): void => {
  if (tokens.length > MAX_TOKENS) throw badInput(`expected at most ${MAX_TOKENS} tokens`)
  const folder = dirname(path)
  if (!existsSync(folder))
    throw badInput(`expected a node's folder at ${folder}, there is none; weft init makes one`)
  replaceSecret(path, `${JSON.stringify({ tokens }, undefined, 2)}\n`)
}

/** Tokens as they are now, for a running node. A file that cannot be read any more lets nobody in whom it did not before. */
export const createTokenBook = (path: string, log: Logger): (() => readonly TokenRecord[]) => {
  let tokens = readTokens(path)
  let version = versionOf(path)
  let lookedMs = Date.now()
  return () => {
    if (Date.now() - lookedMs < LOOK_AGAIN_MS) return tokens
    lookedMs = Date.now()
    const now = versionOf(path)
    if (now === version) return tokens
    version = now
    // A file that is gone must not open the API to the whole machine: its tokens are gone, the wish for tokens is not.
    if (now === undefined) return tokens
    try {
      tokens = readTokens(path)
    } catch (error) {
      log.error({ reason: messageOf(error) }, 'the tokens could not be read; those from before hold on')
    }
    return tokens
  }
}

const versionOf = (path: string): string | undefined => {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat && `${stat.mtimeMs} ${stat.size} ${stat.ino}`
}

const isToken = (value: unknown): value is TokenRecord => {
  if (typeof value !== 'object' || value === null) return false
  const { id, name, hash, right, namespaces, ratePerMinute, atOnce, maxBodyBytes, createdMs } =
    value as Record<string, unknown>
  const isNumber = (number: unknown) => Number.isSafeInteger(number) && (number as number) > 0
  return (
    typeof id === 'string' &&
    /^[0-9a-f]{12}$/.test(id) &&
    typeof name === 'string' &&
    typeof hash === 'string' &&
    /^[0-9a-f]{64}$/.test(hash) &&
    rights.includes(right as never) &&
    (namespaces === undefined ||
      (Array.isArray(namespaces) && namespaces.every((one) => /^[0-9a-f]{58}$/.test(String(one))))) &&
    [ratePerMinute, atOnce, maxBodyBytes].every((limit) => limit === undefined || isNumber(limit)) &&
    isNumber(createdMs)
  )
}
