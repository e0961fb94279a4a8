// What goes between an engine and its threads: the methods by name, their arguments as plain data, and answers.

import type { GridEngine, GridEngineInit } from './engine.ts'

/** The methods that run on a thread. */
export type JobName = Exclude<keyof GridEngine, 'close'>

/** Methods that take long (hundreds of milliseconds): they leave a thread free for the others where there are two. */
export const LONG_JOBS: ReadonlySet<JobName> = new Set(['encode', 'restore', 'restoreData'])

export type JobArguments<Name extends JobName> = Parameters<GridEngine[Name]>
export type JobResult<Name extends JobName> = Awaited<ReturnType<GridEngine[Name]>>

export interface JobRequest {
  readonly id: number
  readonly name: JobName
  readonly args: readonly unknown[]
}

export type JobAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: JobError }

/** An error as plain data: WeftErrors keep code and data, others are told by name and message. */
export interface JobError {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly data?: unknown
}

/** What a thread is started with. */
export type WorkerInit = Pick<GridEngineInit, 'maxRows' | 'maxBands'> &
  Required<Pick<GridEngineInit, 'backend'>>
