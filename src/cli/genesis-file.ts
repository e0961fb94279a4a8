// Genesis files on disk: reading one with a sentence where it is wrong.

import { WeftError } from '../base/error.ts'
import { createBlstBls } from '../chain/bls-blst.ts'
import type { Genesis } from '../chain/containers.ts'
import { parseGenesis } from '../chain/genesis-json.ts'
import { badInput } from './failure.ts'
import { readIfThere } from './files.ts'

/** Genesis from the file at `path`, judged, proofs of possession included. Throws `usage`. */
export const readGenesis = (path: string): { readonly text: string; readonly genesis: Genesis } => {
  const text = readIfThere(path)
  if (text === undefined) {
    throw badInput(
      `expected the chain's genesis file at ${path}, there is none; name it with --genesis <file>`,
    )
  }
  try {
    return { text, genesis: parseGenesis(text, createBlstBls()) }
  } catch (cause) {
    if (cause instanceof WeftError) throw badInput(`${path}: ${cause.message}`, { cause })
    throw cause
  }
}
