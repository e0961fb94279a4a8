import { EventEmitter } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { toHex } from '../../src/base/bytes.ts'
import { WeftError } from '../../src/base/error.ts'
import { ranges, statusLines } from '../../src/cli/commands/status.ts'
import { EXIT, exitCodeOf, fail } from '../../src/cli/failure.ts'
import { readIfThere, writeNew } from '../../src/cli/files.ts'
import { parseNamespace, showNamespace } from '../../src/cli/namespace.ts'
import { createProgress, progressLine } from '../../src/cli/progress.ts'
import { onShutdown } from '../../src/cli/shutdown.ts'
import { status } from '../api/support.ts'
import { temporaryFolder } from './support.ts'

test('every name of up to ten bytes is a namespace, and reads as itself again', (t) => {
  const printable = fc.string({ unit: fc.constantFrom(...'abcxyz019-_.'), minLength: 1, maxLength: 10 })
  fc.assert(
    fc.property(printable, (name) => {
      const namespace = parseNamespace(name)
      return namespace.length === 29 && showNamespace(namespace) === name
    }),
  )
  t.is(toHex(parseNamespace('a')), `${'00'.repeat(28)}61`)
})

test('a namespace in hex is taken bit for bit, and shown in hex where it does not read as a name', (t) => {
  const hex = `${'00'.repeat(19)}${'ff'.repeat(10)}`
  t.is(toHex(parseNamespace(hex)), hex)
  t.is(showNamespace(parseNamespace(hex)), hex)
})

test('what is no namespace is refused with what came', (t) => {
  for (const given of [
    '',
    'elevenbytes',
    'ünïcödé-é',
    `01${'00'.repeat(28)}`,
    `${'00'.repeat(18)}01${'00'.repeat(10)}`,
  ]) {
    t.throws(() => parseNamespace(given), { code: 'usage', message: /^expected a namespace/ }, given)
  }
})

test('exit codes follow the codes of errors, and anything else is unexpected', (t) => {
  t.is(exitCodeOf(fail('usage', '')), 2)
  t.is(exitCodeOf(fail('refused', '')), 3)
  t.is(exitCodeOf(fail('unavailable', '')), 4)
  t.is(exitCodeOf(fail('claim', '')), 5)
  t.is(exitCodeOf(fail('interrupted', '')), 130)
  t.is(exitCodeOf(new Error('?')), EXIT.unexpected)
  t.is(exitCodeOf(new WeftError('queue-full', '', undefined)), EXIT.unexpected)
  t.is(exitCodeOf(new WeftError('toString', '', undefined)), EXIT.unexpected)
})

test('a new file is whole and never takes the place of another', (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'secret')
  writeNew(path, 'first', { secret: true })
  t.is(statSync(path).mode & 0o777, 0o600)
  t.throws(() => writeNew(path, 'second'), { code: 'usage', message: /left as it is/ })
  t.is(readFileSync(path, 'utf8'), 'first')
  t.deepEqual(readdirSync(folder), ['secret'])
  t.throws(() => writeNew(join(folder, 'none', 'file'), 'x'), {
    code: 'usage',
    message: /no such file or folder/,
  })
})

test('a file that is not there is no error, one that cannot be read is', (t) => {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'sub'))
  t.is(readIfThere(join(folder, 'none')), undefined)
  t.throws(() => readIfThere(join(folder, 'sub')), { code: 'usage', message: /it is a folder/ })
})

test('a bar is filled in proportion, and wanders where there is no total', (t) => {
  t.is(progressLine('reading', 1, 2, 3_400), `reading [${'#'.repeat(12)}${'-'.repeat(12)}] 50 % 3 s`)
  t.is(progressLine('reading', 9, 2, 0), `reading [${'#'.repeat(24)}] 100 % 0 s`)
  t.regex(progressLine('waiting', 0, undefined, 500), /^waiting \[-{5}#-{18}\] 0 s$/)
})

test('nothing is drawn where there is no terminal', async (t) => {
  let drawn = ''
  const draw = (text: string) => {
    drawn += text
  }
  const progress = createProgress({ draw, errIsTty: false, columns: 80 }, 'reading')
  progress.update(1, 2)
  await new Promise((resolve) => setTimeout(resolve, 1_300))
  progress.stop()
  t.is(drawn, '')
})

test('a bar appears after a second and is taken away again', async (t) => {
  const drawn: string[] = []
  const progress = createProgress(
    { draw: (text) => drawn.push(text), errIsTty: true, columns: 30 },
    'reading',
  )
  progress.update(1, 2)
  await new Promise((resolve) => setTimeout(resolve, 500))
  t.deepEqual(drawn, [])
  while (drawn.length === 0) await new Promise((resolve) => setTimeout(resolve, 50))
  progress.stop()
  t.true(drawn.every((text) => text.startsWith('\r')))
  t.is(drawn.at(-1), '\r\u001b[2K')
})

test('the first signal asks to stop, the second ends the process', (t) => {
  const exits: number[] = []
  const host = Object.assign(new EventEmitter(), {
    exit: (code: number) => void exits.push(code),
    stdin: Object.assign(new EventEmitter(), { resume() {}, pause() {} }),
  })
  const shutdown = onShutdown(host as unknown as NodeJS.Process, { untilStdinCloses: true })
  t.false(shutdown.signal.aborted)
  host.emit('SIGTERM', 'SIGTERM')
  t.is(shutdown.signal.reason, 'SIGTERM')
  t.deepEqual(exits, [])
  host.emit('SIGINT', 'SIGINT')
  t.deepEqual(exits, [130])
  shutdown.dispose()
  t.is(host.listenerCount('SIGINT') + host.listenerCount('SIGTERM') + host.stdin.listenerCount('end'), 0)
})

test('the status of a node for people names what it keeps and how old its newest final block is', (t) => {
  const lines = statusLines({ ...status, custody: [0, 1, 2, 9, 11, 12] }, 1_700_000_004_000)
  t.true(lines.includes('custody    6 columns: 0-2, 9, 11-12'))
  t.true(lines.some((line) => line.startsWith('final      block 8, 4 s ago')))
  const light = statusLines(
    { ...status, role: 'light', sampled: { available: 3, unavailable: 1, pending: 0 } },
    0,
  )
  t.true(light.includes('sampled    3 available, 1 unavailable, 0 under way'))
  t.is(ranges([]), '')
})
