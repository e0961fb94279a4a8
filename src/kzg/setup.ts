// Loading the setup's files, made by `assembly/setup` from the ceremony's output. What is loaded must have the pinned
// digest, wherever it comes from, so that it needs no other check.

import { toHex } from '../base/bytes.ts'
import { type SetupPart, setupDigests } from '../kernel/setup-digests.ts'
import { unavailable } from './errors.ts'
import type { Sha256 } from './sha256.ts'

/** Bytes of a part of the setup: for pages and bundlers. */
export type LoadSetup = (part: SetupPart) => Promise<Uint8Array>

/** Loads a part and checks its digest. Throws KzgError `backend-unavailable` if it is missing or another one. */
export const loadSetupPart = async (
  part: SetupPart,
  sha256: Sha256,
  load: LoadSetup = readBesidePackage,
): Promise<Uint8Array> => {
  let bytes: Uint8Array
  try {
    bytes = await load(part)
  } catch (cause) {
    throw unavailable(`the setup's part ${part} could not be loaded`, cause)
  }
  const digest = toHex(sha256(bytes))
  if (digest !== setupDigests[part]) {
    throw unavailable(`expected the setup's part ${part} with SHA-256 ${setupDigests[part]}, got ${digest}`)
  }
  return bytes
}

/** build/ lies two folders up from src/kzg and from dist/kzg alike. */
const readBesidePackage: LoadSetup = async (part) => {
  const url = new URL(`../../build/setup/${part}.bin`, import.meta.url)
  if (url.protocol !== 'file:') {
    const response = await fetch(url)
    if (!response.ok) throw new Error(`expected ${url.href}, got status ${response.status}`)
    return new Uint8Array(await response.arrayBuffer())
  }
  const { readFile } = await import('node:fs/promises')
  return new Uint8Array(await readFile(url))
}
