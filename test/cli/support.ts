// The command `weft` as its users run it: a process of its own.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'

const main = join(import.meta.dirname, '../../src/cli/main.ts')

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string | Uint8Array
}

/** Processes at once: ava begins all tests of a file together. */
const AT_ONCE = 3
let running = 0
const waiting: (() => void)[] = []

/** Runs weft to its end; without WEFT_ variables but those given. */
export const weft = async (args: readonly string[], options: RunOptions = {}): Promise<Ended> => {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
  running++
  try {
    return await runToEnd(args, options)
  } finally {
    running--
    waiting.shift()?.()
  }
}

const runToEnd = (args: readonly string[], { cwd, env = {}, input }: RunOptions): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const own = Object.entries(process.env).filter(([name]) => !/^(WEFT_|FORCE_COLOR|NO_COLOR)/.test(name))
    const child = spawn(process.execPath, [main, ...args], {
      cwd,
      env: { ...Object.fromEntries(own), ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (data) => {
      stdout += data
    })
    child.stderr.on('data', (data) => {
      stderr += data
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
    child.stdin.on('error', () => {})
    child.stdin.end(input ?? '')
  })

/** A folder that is gone after the test. */
export const temporaryFolder = (t: ExecutionContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-cli-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The object that --json prints last. */
export const lastJson = ({ stdout }: Ended): Record<string, unknown> =>
  JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>
