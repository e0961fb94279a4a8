// A passphrase that is typed: not shown, asked for twice where it is new, and Ctrl-C ends the command as it ends others.

import { PassThrough } from 'node:stream'
import test from 'ava'
import { newPassphrase, type PassphraseSource } from '../../../src/cli/keys/passphrase.ts'

/** A terminal at which each question is answered by the next of `typed`, and all that it showed. */
const terminalOf = (typed: string[]) => {
  const stdin = Object.assign(new PassThrough(), { isTTY: true })
  const shown: string[] = []
  const draw = (text: string) => {
    shown.push(text)
    if (text.endsWith(': ')) setImmediate(() => stdin.write(typed.shift() ?? ''))
  }
  const source = { file: undefined, terminal: { stdin, errIsTty: true, draw } } as unknown as PassphraseSource
  return { source, shown }
}

test('a new passphrase is asked for twice and never shown', async (t) => {
  const { source, shown } = terminalOf(['twelve words or so\n', 'twelve words or so\n'])
  t.is(await newPassphrase(source, 'alice'), 'twelve words or so')
  t.deepEqual(shown, ['passphrase of alice: ', '\n', 'the same again: ', '\n'])
})

test('another one the second time, or one that is short, is refused', async (t) => {
  const other = terminalOf(['twelve words or so\n', 'twelve words or go\n'])
  await t.throwsAsync(newPassphrase(other.source, 'alice'), { code: 'usage' })
  await t.throwsAsync(newPassphrase(terminalOf(['elf letters\n']).source, 'alice'), {
    code: 'usage',
    message: /at least 12 characters, got 11/,
  })
})

test('Ctrl-C at the question ends it as interrupted', async (t) => {
  await t.throwsAsync(newPassphrase(terminalOf(['half of it\u0003']).source, 'alice'), {
    code: 'interrupted',
  })
})
