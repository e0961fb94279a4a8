// Where a command speaks: results on stdout, everything about the way there on stderr. Nothing else in `cli` touches
// the process's streams, so that commands can be read, and run, apart from a process.

import type { Readable } from 'node:stream'

export interface Terminal {
  /** One line of the result. */
  out(line: string): void
  /** Text on stdout without a line end: what is drawn and drawn over. */
  paint(text: string): void
  /** Bytes of the result, such as a blob. Resolves when they are taken. */
  outBytes(bytes: Uint8Array): Promise<void>
  /** One line for a person beside the result. */
  err(line: string): void
  /** Text on stderr without a line end: drawing over what is there. Nothing unless `errIsTty`. */
  draw(text: string): void
  readonly outIsTty: boolean
  readonly errIsTty: boolean
  /** Colours on stdout. */
  readonly colour: boolean
  /** Columns of the terminal; 100 where there is none. */
  readonly columns: number
  readonly stdin: Readable
}

type Environment = Readonly<Record<string, string | undefined>>

/** The process's own terminal. NO_COLOR and TERM=dumb turn colours off, FORCE_COLOR on (no-color.org). */
export const processTerminal = (host: NodeJS.Process, env: Environment): Terminal => ({
  out: (line) => void host.stdout.write(`${line}\n`),
  paint: (text) => void host.stdout.write(text),
  outBytes: (bytes) =>
    new Promise((resolve, reject) =>
      host.stdout.write(bytes, (error) => (error ? reject(error) : resolve())),
    ),
  err: (line) => void host.stderr.write(`${line}\n`),
  draw: (text) => {
    if (host.stderr.isTTY) host.stderr.write(text)
  },
  outIsTty: host.stdout.isTTY === true,
  errIsTty: host.stderr.isTTY === true,
  colour: hasColour(host.stdout.isTTY === true, env),
  get columns() {
    return host.stdout.columns ?? host.stderr.columns ?? 100
  },
  get stdin() {
    return host.stdin
  },
})

const hasColour = (isTty: boolean, env: Environment): boolean => {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0') return true
  return isTty && env.TERM !== 'dumb'
}
