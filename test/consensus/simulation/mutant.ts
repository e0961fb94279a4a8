// A copy of src/consensus with one rule broken, in a temporary folder. A text that is not found fails, so that a mutant
// cannot become the original unnoticed.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CreateConsensus } from './honest.ts'

export interface Mutation {
  readonly file: string
  readonly from: string
  readonly to: string
}

const source = new URL('../../../src/consensus/', import.meta.url)

/** The machine with all `mutations` applied. */
export const loadMutant = async (mutations: readonly Mutation[]): Promise<CreateConsensus> => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-mutant-'))
  try {
    for (const file of readdirSync(source).filter((name) => name.endsWith('.ts'))) {
      let text = readFileSync(new URL(file, source), 'utf8')
      for (const mutation of mutations.filter((candidate) => candidate.file === file)) {
        if (text.split(mutation.from).length !== 2)
          throw new Error(`expected "${mutation.from}" once in ${file}, which has changed`)
        text = text.replace(mutation.from, () => mutation.to)
      }
      writeFileSync(join(folder, file), withAbsoluteImports(text))
    }
    const module = await import(pathToFileURL(join(folder, 'machine.ts')).href)
    return module.createConsensus
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Imports from outside the room lead back to the repository. */
const withAbsoluteImports = (text: string): string =>
  text
    .replace(/from '(\.\.\/[^']+)'/g, (_, path) => `from '${new URL(path, source).href}'`)
    .replace(/from '(@[^']+)'/g, (_, name) => `from '${import.meta.resolve(name)}'`)
