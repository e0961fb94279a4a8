// Namespaces as people write them: 58 hex digits, or a name of up to 10 bytes, which becomes Celestia's version-0 form
// (a zero byte, 18 zero bytes, the name with zeros before it). Namespaces are labels, not owners.

import { fromHex, toHex, utf8 } from '../base/bytes.ts'
import { isNamespace, NAMESPACE_BYTES, namespaceOf } from '../grid/blob.ts'
import { badInput } from './failure.ts'

const MAX_NAME_BYTES = 10

/** 29 bytes. Throws `usage`. */
export const parseNamespace = (given: string): Uint8Array => {
  const bytes = fromHex(given, NAMESPACE_BYTES)
  if (bytes !== undefined) {
    if (isNamespace(bytes)) return bytes
    throw badInput(`expected a namespace of version 0 (38 zero digits, then 20 of your own), got ${given}`)
  }
  const name = utf8(given)
  if (name.length < 1 || name.length > MAX_NAME_BYTES) {
    throw badInput(
      `expected a namespace as 58 hex digits or a name of 1 to ${MAX_NAME_BYTES} bytes, got "${given.slice(0, 80)}" (${name.length} bytes)`,
    )
  }
  return namespaceOf(name)
}

/** The name in a namespace where it reads as one, else its hex. */
export const showNamespace = (namespace: Uint8Array): string => {
  const id = namespace.subarray(NAMESPACE_BYTES - MAX_NAME_BYTES)
  const start = id.findIndex((byte) => byte !== 0)
  const name = start < 0 ? id.subarray(0, 0) : id.subarray(start)
  const reads = name.length > 0 && isNamespace(namespace) && name.every((byte) => byte > 0x20 && byte < 0x7f)
  return reads ? new TextDecoder().decode(name) : toHex(namespace)
}
