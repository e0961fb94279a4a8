// What the devnet publishes: files of the user, or files of the program itself, chosen the same way every time: its
// smallest file of at least 300 bytes, a middling one, and a bundle of all its files of 3 MB.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { concat, utf8 } from '../../base/bytes.ts'
import { badInput } from '../failure.ts'
import { readBytes } from '../files.ts'

export interface Source {
  /** How the file is called on the screen. */
  readonly file: string
  readonly data: Uint8Array
}

const SMALL_BYTES = 300
const MIDDLING_BYTES = 200_000
const BUNDLE_BYTES = 3_000_000
/** Folders that are not of the program itself, or are made from it. */
const NOT_OURS: ReadonlySet<string> = new Set(['node_modules', 'build', 'coverage'])

/** The user's files. Throws `usage` for what cannot be published on a chain whose blocks hold `maxBytes`. */
export const givenSources = (paths: readonly string[], maxBytes: number): readonly Source[] =>
  paths.map((path) => {
    const data = readBytes(path, 'a file to publish')
    if (data.length < 1 || data.length > maxBytes) {
      throw badInput(`expected 1 to ${maxBytes} bytes in ${path}, got ${data.length}`)
    }
    return { file: basename(path), data }
  })

/** Three files of the folder `root`, small, middling and large. */
export const usualSources = (root: string): readonly Source[] => {
  const files = filesBelow(root)
  const bySize = [...files].sort((a, b) => a.bytes - b.bytes || (a.path < b.path ? -1 : 1))
  const small = bySize.find(({ bytes }) => bytes >= SMALL_BYTES) ?? bySize.at(-1)
  const middling = bySize.findLast(({ bytes }) => bytes <= MIDDLING_BYTES) ?? bySize[0]
  if (small === undefined || middling === undefined) throw badInput(`expected files in ${root}, found none`)
  return [
    { file: small.path, data: read(root, small.path) },
    { file: middling.path, data: read(root, middling.path) },
    { file: `bundle of ${files.length} files`, data: bundle(root, files) },
  ]
}

interface Found {
  /** Below the root, with slashes. */
  readonly path: string
  readonly bytes: number
}

const filesBelow = (root: string): readonly Found[] => {
  const found: Found[] = []
  // In a checkout `dist` is made from `src`; in an installed package there is no `src`.
  const left = existsSync(join(root, 'src')) ? new Set([...NOT_OURS, 'dist']) : NOT_OURS
  const walk = (folder: string) => {
    const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
    for (const entry of entries) {
      const path = join(folder, entry.name)
      if (entry.name.startsWith('.') || left.has(entry.name)) continue
      if (entry.isDirectory()) walk(path)
      else if (entry.isFile()) {
        found.push({ path: relative(root, path).replaceAll('\\', '/'), bytes: statSync(path).size })
      }
    }
  }
  walk(root)
  return found
}

const read = (root: string, path: string): Uint8Array => readBytes(join(root, path), 'a file')

/** All files one after the other, each after a line with its path and length, around again until it is long enough. */
const bundle = (root: string, files: readonly Found[]): Uint8Array => {
  const parts: Uint8Array[] = []
  let bytes = 0
  while (bytes < BUNDLE_BYTES) {
    for (const { path } of files) {
      const data = readFileSync(join(root, path))
      const part = concat(utf8(`${path} ${data.length}\n`), data)
      parts.push(part)
      bytes += part.length
      if (bytes >= BUNDLE_BYTES) break
    }
  }
  return concat(...parts).slice(0, BUNDLE_BYTES)
}
