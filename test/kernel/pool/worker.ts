// The worker of the pool's tests: what it does besides answering is to fail in every way a worker can.

import { existsSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'
import { WeftError } from '../../../src/base/error.ts'
import { moved, serve } from '../../../src/kernel/pool-serve.ts'

export interface Init {
  /** Makes the worker fail to start while this file does not exist. */
  readonly needs?: string
  readonly word?: string
}

export const makeFunctions = (init: Init | undefined) => ({
  echo: (value: unknown) => value,
  word: () => init?.word,
  thread: () => threadId,
  async threadAfter(ms: number) {
    await sleep(ms)
    return threadId
  },
  async slowly(ms: number, value: number) {
    await sleep(ms)
    return value
  },
  spin(ms: number) {
    const end = Date.now() + ms
    while (Date.now() < end);
  },
  refuse(kind: 'weft' | 'range' | 'string' | 'strange') {
    if (kind === 'weft') {
      throw new WeftError(
        'malformed-input',
        'expected a cell',
        { reason: 'cell' },
        { cause: new TypeError('inner') },
      )
    }
    if (kind === 'range') throw new RangeError('expected less')
    if (kind === 'string') throw 'a string'
    throw new WeftError('odd', 'with data that cannot be cloned', { run: () => 1 })
  },
  unclonable: () => () => 1,
  exit: (): number => process.exit(3),
  /** Dies the first time, leaving a mark; answers the second time. */
  dieOnce(mark: string): string {
    if (existsSync(mark)) return 'second time'
    writeFileSync(mark, '')
    process.exit(1)
  },
  buffer: (size: number) => {
    const bytes = new Uint8Array(size).fill(7)
    return moved(bytes, [bytes.buffer])
  },
})

serve((init: Init | undefined) => {
  if (init?.needs !== undefined && !existsSync(init.needs)) throw new RangeError(`expected ${init.needs}`)
  return makeFunctions(init)
})
