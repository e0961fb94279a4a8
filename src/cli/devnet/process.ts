// One node of the devnet as a process of its own: started with the same command that a user would type, known by the
// line that it prints when it is up, ended in order. A child watches its standard input, which is a pipe from us: it
// ends by itself when this process is gone, however that came about.

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type Client, createClient } from '../../api/client.ts'
import { anySignal, deadline, orAbort } from '../../base/deadline.ts'
import { messageOf } from '../../base/error.ts'
import type { ReadyLine } from '../run-node.ts'

export interface NodeProcess {
  readonly name: string
  readonly client: Client
  readonly ready: ReadyLine
  readonly pid: number
  /** SIGTERM, and SIGKILL if that does not end it. Resolves with the exit code, null where it was killed. */
  stop(): Promise<number | null>
  /** Aborts, with a sentence as its reason, when the process ends without having been asked to. */
  readonly crashed: AbortSignal
}

export interface ProcessInit {
  readonly name: string
  /** Script of the child and its arguments. */
  readonly script: string
  readonly args: readonly string[]
  readonly logFile: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

const READY_MS = 90_000
const STOP_MS = 10_000
const LOG_LINES = 5

const running = new Set<ChildProcess>()
/** The last resort: nothing outlives this process. */
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Resolves when the node is up. Rejects with a sentence, and the last lines of its log, if it does not come up. */
export const startProcess = async (init: ProcessInit, signal: AbortSignal): Promise<NodeProcess> => {
  const { name, script, args, logFile, environment } = init
  const log = openSync(logFile, 'a')
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['pipe', 'pipe', log],
    env: environment as NodeJS.ProcessEnv,
  })
  closeSync(log)
  running.add(child)
  let asked = false
  const crash = new AbortController()
  const exited = new Promise<number | null>((resolve) => {
    const onEnd = (code: number | null) => {
      running.delete(child)
      if (!asked)
        crash.abort(new Error(`${name} ended by itself with exit code ${code}${lastLines(logFile)}`))
      resolve(code)
    }
    child.once('error', () => onEnd(null))
    child.once('exit', onEnd)
  })
  // Its end of the pipe may go away before ours.
  child.stdin?.on('error', () => {})
  const stop = async () => {
    asked = true
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    const code = await exited
    clearTimeout(timer)
    return code
  }
  try {
    const limit = deadline(READY_MS, anySignal([signal, crash.signal]))
    const ready = await orAbort(readyLine(child), limit)
    return { name, ready, pid: child.pid!, client: createClient(ready.api), stop, crashed: crash.signal }
  } catch (error) {
    await stop()
    if (signal.aborted || crash.signal.aborted) throw error
    throw new Error(`${name} was not up within ${READY_MS} ms${lastLines(logFile)}`, {
      cause: messageOf(error),
    })
  }
}

const readyLine = async (child: ChildProcess): Promise<ReadyLine> => {
  const { stdout } = child
  if (stdout === null) throw new Error('expected a pipe from the child')
  return new Promise((resolve) => {
    createInterface({ input: stdout }).on('line', (line) => {
      if (line.startsWith('{"ready":true')) resolve(JSON.parse(line) as ReadyLine)
    })
  })
}

const lastLines = (logFile: string): string => {
  const lines = readFileSync(logFile, 'utf8').trim().split('\n').slice(-LOG_LINES)
  return lines.join('') === '' ? '' : `; its log ends with:\n  ${lines.join('\n  ')}`
}
