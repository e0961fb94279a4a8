// Where the devnet shows what happens: lines that stay, and below them on a terminal a picture that is drawn again as
// things change. Where there is no terminal the picture is printed once, when it is finished; with --json nothing is.

import type { Terminal } from '../terminal.ts'

export interface Screen {
  /** A step begins. */
  heading(title: string, about: string): void
  /** Something happened; stamped with the seconds since the start. */
  say(text: string): void
  /** Lines as they are. */
  lines(lines: readonly string[]): void
  /** Draws `render` again and again, until `finish`, which leaves its last state standing (or `clear`, which does not). */
  live(render: (options: PictureOptions) => readonly string[]): LivePicture
  readonly picture: PictureOptions
}

export interface PictureOptions {
  readonly colour: boolean
  readonly width: number
}

export interface LivePicture {
  finish(): void
  clear(): void
}

const FRAME_MS = 200
/** Widest text. */
const MAX_WIDTH = 120
const STAMP = 9

export const createScreen = (
  terminal: Pick<Terminal, 'out' | 'paint' | 'outIsTty' | 'colour' | 'columns'>,
  quiet: boolean,
): Screen => {
  const startedMs = Date.now()
  const animated = terminal.outIsTty && terminal.colour && !quiet
  /** Lines of the picture that stand at the bottom now, and what draws them. */
  let standing = 0
  let render: ((options: PictureOptions) => readonly string[]) | undefined
  const picture = (): PictureOptions => ({ colour: terminal.colour, width: terminal.columns })
  const erase = () => {
    if (standing > 0) terminal.paint(`\u001b[${standing}F\u001b[0J`)
    standing = 0
  }
  const draw = () => {
    erase()
    const lines = render?.(picture()) ?? []
    for (const line of lines) terminal.out(line)
    standing = lines.length
  }
  const print = (lines: readonly string[]) => {
    if (quiet) return
    erase()
    for (const line of lines) terminal.out(line)
    if (animated) draw()
  }
  const bold = (text: string) => (terminal.colour ? `\u001b[1m${text}\u001b[0m` : text)
  const dim = (text: string) => (terminal.colour ? `\u001b[2m${text}\u001b[0m` : text)
  const width = () => Math.min(MAX_WIDTH, Math.max(40, terminal.columns - 1))

  return {
    get picture() {
      return picture()
    },
    heading: (title, about) => print(['', bold(title), ...wrap(about, width())]),
    say(text) {
      const stamp = `${((Date.now() - startedMs) / 1000).toFixed(1)} s`.padStart(STAMP - 2)
      const [first = '', ...rest] = wrap(text, width() - STAMP)
      print([`${dim(stamp)}  ${first}`, ...rest.map((line) => ' '.repeat(STAMP) + line)])
    },
    lines: print,
    live(newRender) {
      const timer = animated ? setInterval(draw, FRAME_MS) : undefined
      render = newRender
      if (animated) draw()
      const end = (stays: boolean) => {
        if (render !== newRender) return
        clearInterval(timer)
        const last = stays ? newRender(picture()) : []
        render = undefined
        print(last)
        standing = 0
      }
      return { finish: () => end(true), clear: () => end(false) }
    },
  }
}

/** Breaks text at spaces into lines of at most `width` characters; longer words stay whole. */
export const wrap = (text: string, width: number): readonly string[] =>
  text.split('\n').flatMap((paragraph) => {
    const lines: string[] = []
    let line = ''
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line)
        line = word
      } else line = line === '' ? word : `${line} ${word}`
    }
    return [...lines, line]
  })
