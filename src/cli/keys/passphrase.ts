// The words that unlock a validator's key: from a file (a service), or typed on a terminal without being shown (a
// person). Never from a flag or a variable, which other processes of the machine can read.

import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { badInput, fail } from '../failure.ts'
import { readBytes } from '../files.ts'
import type { Terminal } from '../terminal.ts'

/** Fewer characters are refused where a key is encrypted. */
export const MIN_PASSPHRASE = 12
const MAX_PASSPHRASE_BYTES = 4_096

export interface PassphraseSource {
  /** File whose text, without the line end, is the passphrase. */
  readonly file: string | undefined
  readonly terminal: Pick<Terminal, 'stdin' | 'errIsTty' | 'draw'>
}

/** The passphrase that unlocks `what`. Throws `usage` where there is neither a file nor a terminal. */
export const askPassphrase = async ({ file, terminal }: PassphraseSource, what: string): Promise<string> => {
  if (file !== undefined) return ofFile(file)
  if (!isTerminal(terminal)) {
    throw badInput(`expected --passphrase-file with the passphrase of ${what}, or a terminal to ask on`)
  }
  return prompt(terminal, `passphrase of ${what}: `)
}

/** A passphrase to encrypt `what` with: typed twice, and long enough. Throws `usage`. */
export const newPassphrase = async (source: PassphraseSource, what: string): Promise<string> => {
  const first = await askPassphrase(source, what)
  if ([...first].length < MIN_PASSPHRASE) {
    throw badInput(`expected a passphrase of at least ${MIN_PASSPHRASE} characters, got ${[...first].length}`)
  }
  if (source.file === undefined && (await prompt(source.terminal, 'the same again: ')) !== first) {
    throw badInput('expected the same passphrase twice')
  }
  return first
}

/** Whether a passphrase can be had without an option. */
export const isTerminal = ({ stdin, errIsTty }: PassphraseSource['terminal']): boolean =>
  errIsTty && (stdin as { isTTY?: boolean }).isTTY === true

const ofFile = (path: string): string => {
  const bytes = readBytes(path, 'a passphrase')
  if (bytes.length > MAX_PASSPHRASE_BYTES) {
    throw badInput(`expected a passphrase of at most ${MAX_PASSPHRASE_BYTES} bytes in ${path}`)
  }
  const text = new TextDecoder().decode(bytes).replace(/\r?\n$/, '')
  if (text === '') throw badInput(`expected a passphrase in ${path}, which is empty`)
  return text
}

/** One line from the terminal, which does not show it. */
const prompt = async ({ stdin, draw }: PassphraseSource['terminal'], question: string): Promise<string> => {
  draw(question)
  const nothing = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: nothing, terminal: true })
  const interrupted = new Promise<never>((_resolve, reject) => {
    lines.once('SIGINT', () => reject(fail('interrupted', 'expected a passphrase, was interrupted')))
  })
  try {
    return await Promise.race([lines.question(''), interrupted])
  } finally {
    lines.close()
    draw('\n')
  }
}
