// Options of every command, and of what lies in a node's folder.

import { integer, text, toggle } from './kinds.ts'
import { optional, withDefault } from './option.ts'

/** Largest weight: a u32. */
const MAX_U32 = 2 ** 32 - 1

export const everyOptions = {
  config: optional(
    text('file'),
    'read options from this JSON file (else <dir>/config.json, if it is there)',
    {
      notInFile: true,
    },
  ),
  json: withDefault(toggle, false, 'print JSON for programs; the last line of stdout is the result'),
} as const

export const folderOptions = {
  dir: withDefault(text('folder'), '.weft', "the node's folder: keys, genesis, database"),
  genesis: optional(text('file'), "the chain's genesis file (else <dir>/genesis.json)"),
  validator: withDefault(
    toggle,
    false,
    'also make a BLS key to validate with, and validator.json to give away',
  ),
  passphraseFile: optional(
    text('file'),
    "file with the passphrase of the validator's key (else asked for, on a terminal)",
  ),
  lockDir: optional(
    text('folder'),
    'where the locks of validator keys lie, the same for all nodes of a machine (else a folder of this user)',
  ),
  plainKey: withDefault(
    toggle,
    false,
    'keep the key unencrypted: for tests, never for what is worth something',
  ),
  weight: withDefault(integer('number', 1, MAX_U32), 1, "this validator's weight in genesis"),
} as const
