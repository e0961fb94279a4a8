// A bar for what takes longer than a second, on stderr and only on a terminal. It draws over its own line and leaves
// nothing behind when it is done.

import type { Terminal } from './terminal.ts'

export interface Progress {
  /** `done` of `total`; without a total the bar only says that something moves. */
  update(done: number, total?: number): void
  /** Says what is being waited for now. */
  say(words: string): void
  stop(): void
}

/** Before this nothing is drawn, so that what is quick stays quiet. */
const QUIET_MS = 1_000
const FRAME_MS = 100
const BAR_CELLS = 24

export const createProgress = (
  terminal: Pick<Terminal, 'draw' | 'errIsTty' | 'columns'>,
  words: string,
): Progress => {
  if (!terminal.errIsTty) return { update() {}, say() {}, stop() {} }
  const startedMs = Date.now()
  let line = words
  let done = 0
  let total: number | undefined
  let drawn = false
  const timer = setInterval(() => {
    const elapsedMs = Date.now() - startedMs
    if (elapsedMs < QUIET_MS) return
    drawn = true
    terminal.draw(`\r\u001b[2K${progressLine(line, done, total, elapsedMs).slice(0, terminal.columns - 1)}`)
  }, FRAME_MS)
  timer.unref()
  return {
    update(nowDone, nowTotal) {
      done = nowDone
      total = nowTotal
    },
    say(nowWords) {
      line = nowWords
    },
    stop() {
      clearInterval(timer)
      if (drawn) terminal.draw('\r\u001b[2K')
    },
  }
}

/** `words [#####-----] 50 % 3 s`; with no total a block that wanders. */
export const progressLine = (
  words: string,
  done: number,
  total: number | undefined,
  elapsedMs: number,
): string => {
  const seconds = `${Math.floor(elapsedMs / 1000)} s`
  if (total === undefined || total <= 0) {
    const at = Math.floor(elapsedMs / FRAME_MS) % BAR_CELLS
    return `${words} [${'-'.repeat(at)}#${'-'.repeat(BAR_CELLS - at - 1)}] ${seconds}`
  }
  const share = Math.min(1, Math.max(0, done / total))
  const filled = Math.floor(share * BAR_CELLS)
  const bar = `${'#'.repeat(filled)}${'-'.repeat(BAR_CELLS - filled)}`
  return `${words} [${bar}] ${Math.floor(share * 100)} % ${seconds}`
}
