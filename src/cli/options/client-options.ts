// Options of commands that talk to a node, make its tokens, or run a devnet.

import { apiDefaults } from '../../api/defaults.ts'
import { choice, httpUrl, integer, list, text, toggle } from './kinds.ts'
import { DAY_MS, GiB, optional, withDefault } from './option.ts'

export const clientOptions = {
  api: withDefault(httpUrl, `http://${apiDefaults.host}:${apiDefaults.port}`, "URL of a node's API"),
  token: optional(text('token'), 'token for that API; better as WEFT_TOKEN than where others can read it'),
  deadlineMs: withDefault(integer('ms', 1, DAY_MS), 60_000, 'how long the command may take'),
  namespace: optional(text('namespace'), '58 hex digits, or a name of up to 10 bytes such as my-rollup'),
  aligned: withDefault(toggle, false, 'start and end at row boundaries: the rows commit to this blob alone'),
  raw: withDefault(
    toggle,
    false,
    'the file is whole rows of field elements (131,072 bytes each), kept bit for bit',
  ),
  wait: withDefault(
    choice('state', ['accepted', 'included', 'certified']),
    'certified',
    'return when the blob is accepted, included or certified',
  ),
  data: optional(text('file'), "the blob's bytes: checked against the receipt too"),
} as const

/** Tokens of the API. */
export const tokenOptions = {
  label: withDefault(text('text'), 'token', 'what the token is for, for people'),
  right: withDefault(
    choice('right', ['read', 'write', 'admin']),
    'write',
    'what the token may do: read, write (and read) or admin (all)',
  ),
  tokenNamespaces: withDefault<readonly string[]>(
    list(text('namespace')),
    [],
    'namespace that the token may publish in, else all; repeatable',
  ),
  tokenRate: optional(integer('number', 1, 10_000_000), 'requests a minute that the token may make'),
  tokenAtOnce: optional(integer('number', 1, 100_000), 'requests at once that the token may make'),
  tokenBodyBytes: optional(integer('bytes', 1, GiB), 'bytes of a body that the token may send'),
} as const

export const devnetOptions = {
  file: withDefault<readonly string[]>(
    list(text('file')),
    [],
    'publish this file instead of the usual ones; repeatable',
  ),
  keep: withDefault(toggle, false, 'keep the folder with keys, databases, logs and events'),
} as const
