// Files as commands need them: written whole and synced or not at all, never over what is there, secrets readable by
// their owner only; read with a sentence where that fails.

import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { badInput } from './failure.ts'

/** Owner only: folders of nodes and what is secret in them. */
const SECRET_MODE = 0o600
const FOLDER_MODE = 0o700
const PUBLIC_MODE = 0o644

/** Text of a file, or undefined if there is none. Throws `usage` if it is there and cannot be read. */
export const readIfThere = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined
    throw badInput(`expected to read ${path}: ${reasonOf(cause)}`, { cause })
  }
}

/** Bytes of a file. Throws `usage` with `what` was expected there. */
export const readBytes = (path: string, what: string): Uint8Array => {
  try {
    const { buffer, byteOffset, byteLength } = readFileSync(path)
    return new Uint8Array(buffer, byteOffset, byteLength)
  } catch (cause) {
    throw badInput(`expected ${what} at ${path}: ${reasonOf(cause)}`, { cause })
  }
}

/** Makes a folder for its owner alone, and those above it. Throws `usage`. */
export const makeFolder = (path: string): void => {
  try {
    mkdirSync(path, { recursive: true, mode: FOLDER_MODE })
  } catch (cause) {
    throw badInput(`expected to make the folder ${path}: ${reasonOf(cause)}`, { cause })
  }
}

/** Replaces what is for the owner's eyes only: the old or the new, whole, whatever happens. Throws `usage`. */
export const replaceSecret = (path: string, content: string): void => {
  const temporary = join(dirname(path), `.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`)
  writeNew(temporary, content, { secret: true })
  try {
    renameSync(temporary, path)
  } catch (cause) {
    unlinkSync(temporary)
    throw badInput(`expected to write ${path}: ${reasonOf(cause)}`, { cause })
  }
}

/**
 * Writes a new file: complete and synced under its name, or not there at all. Throws `usage` if something is there
 * already, and leaves it as it is.
 */
export const writeNew = (
  path: string,
  content: string | Uint8Array,
  options: { readonly secret?: boolean } = {},
): void => {
  const temporary = join(dirname(path), `.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`)
  try {
    const file = openSync(temporary, 'wx', options.secret ? SECRET_MODE : PUBLIC_MODE)
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content
      for (let offset = 0; offset < bytes.length; ) offset += writeSync(file, bytes, offset)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    try {
      // A link, and not a rename, because a rename would replace what is there.
      linkSync(temporary, path)
    } finally {
      unlinkSync(temporary)
    }
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') {
      throw badInput(`expected nothing at ${path} yet; what is there was left as it is`, { cause })
    }
    throw badInput(`expected to write ${path}: ${reasonOf(cause)}`, { cause })
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

/** Why a file could not be had, in words. */
const reasonOf = (error: unknown): string => {
  switch (codeOf(error)) {
    case 'ENOENT':
      return 'no such file or folder'
    case 'EACCES':
    case 'EPERM':
      return 'permission denied'
    case 'EISDIR':
      return 'it is a folder'
    case 'ENOTDIR':
      return 'part of the path is not a folder'
    case 'ENOSPC':
      return 'the disk is full'
    default:
      return (error as Error).message
  }
}
