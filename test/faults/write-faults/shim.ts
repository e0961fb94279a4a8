// The shim that makes system calls fail (shim.c): compiled where there is a C compiler, and tried before it is relied on.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export type FaultMode = 'eio' | 'enospc' | 'short'

export interface Shim {
  /** Environment of a process whose call number `at` below `folder` fails; 0 only counts. */
  environment(fault: {
    readonly folder: string
    readonly mode: FaultMode
    readonly at: number
    readonly report: string
  }): Readonly<Record<string, string>>
}

/** The shim, built into `folder`, or why there is none. */
export const buildShim = (folder: string): Shim | string => {
  if (process.platform !== 'linux') return 'system calls can be made to fail on Linux only'
  const library = join(folder, 'shim.so')
  try {
    const source = join(import.meta.dirname, 'shim.c')
    execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'], { stdio: 'pipe' })
  } catch {
    return 'it needs gcc and glibc'
  }
  return {
    environment: ({ folder: below, mode, at, report }) => ({
      LD_PRELOAD: library,
      WEFT_FAULT_DIR: below,
      WEFT_FAULT_MODE: mode,
      WEFT_FAULT_AT: String(at),
      WEFT_FAULT_REPORT: report,
    }),
  }
}

export interface FaultReport {
  readonly calls: number
  /** Whether the fault was met. */
  readonly fired: boolean
  /** open, write, sync, rename or unlink: the call that failed. */
  readonly call: string
  readonly path: string
}

/** What the shim said. */
export const readReport = (file: string): FaultReport => {
  try {
    const [calls, fired, call = '', ...path] = readFileSync(file, 'utf8').trim().split(' ')
    return { calls: Number(calls), fired: fired === '1', call, path: path.join(' ') }
  } catch {
    return { calls: 0, fired: false, call: 'none', path: '-' }
  }
}
