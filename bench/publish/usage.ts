// What a process uses, from /proc: Linux only; elsewhere, and of a process that is gone, 0.

import { readFileSync } from 'node:fs'

/** Resident memory, MB. */
export const residentMb = (pid: number): number => {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`)) ?? []
  return Math.round(Number(kilobytes) / 1024)
}

/** Clock ticks a second, as all of Linux's ABIs have them. */
const TICKS = 100

/** Processor time so far, of all threads, user and system. */
export const cpuSeconds = (pid: number): number => {
  // The command, in brackets, may hold spaces: fields are counted behind it; utime and stime are numbers 14 and 15.
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? []
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
