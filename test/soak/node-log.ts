// Reads what the instrument wrote in a node's process.

import { existsSync, readFileSync } from 'node:fs'
import type { Role } from '../faults/support/processes.ts'
import type { LongTurn, Sample } from './instrument.ts'
import type { NodeLog } from './judge.ts'

export const readNodeLog = ({
  name,
  role,
  file,
}: {
  readonly name: string
  readonly role: Role
  readonly file: string
}): NodeLog => {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
  const samples: Sample[] = []
  const longTurns: LongTurn[] = []
  for (const line of lines) {
    const value = parsed(line)
    if (value === undefined) continue
    if ('longTurn' in value) longTurns.push(value)
    else samples.push(value)
  }
  return { name, role, samples, longTurns }
}

/** The last line of a process that was killed may be half a line. */
const parsed = (line: string): Sample | LongTurn | undefined => {
  try {
    return JSON.parse(line) as Sample | LongTurn
  } catch {
    return undefined
  }
}
