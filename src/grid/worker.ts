// The entry of an engine's thread on Node: loads the backend and runs one job after another. A page has an entry of
// its own, over the same local engine.

import { parentPort, workerData } from 'node:worker_threads'
import { WeftError } from '../base/error.ts'
import { loadComponents } from './backends.ts'
import { compact } from './compact.ts'
import type { JobAnswer, JobError, JobRequest, WorkerInit } from './jobs.ts'
import { createLocalEngine } from './local-engine.ts'
import { nodeSha256 } from './node-sha256.ts'

const { backend, ...params } = workerData as WorkerInit
const engine = loadComponents(backend, nodeSha256).then((components) => createLocalEngine(params, components))
// A backend that is missing is told in the answer to each job.
engine.catch(() => {})

const run = async ({ id, name, args }: JobRequest): Promise<void> => {
  try {
    const method = (await engine)[name] as (...args: readonly unknown[]) => Promise<unknown>
    const { value, buffers } = compactResult(await method(...args))
    const answer: JobAnswer = { id, value }
    parentPort!.postMessage(answer, buffers)
  } catch (error) {
    const answer: JobAnswer = { id, error: describe(error) }
    parentPort!.postMessage(answer)
  }
}

/** Columns each in a buffer of their own, so that keeping one does not keep all of a block. */
const compactResult = (result: unknown): { readonly value: unknown; readonly buffers: ArrayBuffer[] } => {
  const { columns, ...rest } = result as { readonly columns?: readonly unknown[] }
  if (columns === undefined) {
    const { value, buffer } = compact(result)
    return { value, buffers: [buffer] }
  }
  const parts = columns.map(compact)
  const others = compact(rest)
  return {
    value: { ...others.value, columns: parts.map(({ value }) => value) },
    buffers: [others.buffer, ...parts.map(({ buffer }) => buffer)],
  }
}

const describe = (error: unknown): JobError => {
  if (error instanceof WeftError) {
    return { name: error.name, message: error.message, code: error.code, data: error.data }
  }
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: 'Error', message: String(error) }
}

parentPort!.on('message', (request: JobRequest) => {
  void run(request)
})
