// The README's commands, one after the other, as a reader would type them: a chain of one validator, a blob published,
// read back, and the program that talks to the node. Ports and paces come from the environment, nothing else differs.

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { blocks, read, root } from './pages.ts'

const page = read('README.md')
const main = join(root, 'src/cli/main.ts')

const folder = mkdtempSync(join(tmpdir(), 'weft-readme-'))
const running: ChildProcess[] = []
test.after.always(async () => {
  for (const child of running) {
    if (child.exitCode !== null) continue
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
  }
  rmSync(folder, { recursive: true, force: true })
})

/** The chain's pace on the reader's machine is slower than a test's patience. */
const environment: Record<string, string | undefined> = {
  ...process.env,
  WEFT_BLOCK_INTERVAL_MS: '300',
  WEFT_IDLE_INTERVAL_MS: '500',
  WEFT_LISTEN: '/ip4/127.0.0.1/tcp/0',
  WEFT_API_PORT: '0',
  WEFT_LOG_LEVEL: 'warn',
}

const weft = async (line: string): Promise<string> => {
  const words = line.split(' ').slice(1)
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...words], {
    cwd: folder,
    env: environment,
    timeout: 90_000,
  })
  return stdout
}

/** Starts a node and resolves with the URL of its API. */
const start = (line: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...line.split(' ').slice(1)], {
      cwd: folder,
      env: environment,
    })
    running.push(child)
    let said = ''
    child.stdout?.on('data', (part) => {
      said += String(part)
      const api = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]
      if (api !== undefined) resolve(api)
    })
    child.stderr?.on('data', (part) => {
      said += String(part)
    })
    child.once('exit', () => reject(new Error(`expected a node, it said: ${said}`)))
  })

test('what the README says to type makes a chain, publishes a file and reads it back', async (t) => {
  t.timeout(240_000)
  const lines = blocks(page)
    .filter(({ marks }) => marks.includes('commands'))
    .flatMap(({ code }) => code.trim().split('\n'))
  const line = (beginning: string): string => {
    const found = lines.find((text) => text.startsWith(beginning))
    if (found === undefined) throw new Error(`expected a line of the README that begins with ${beginning}`)
    return found
  }
  copyFileSync(join(root, 'README.md'), join(folder, 'README.md'))

  const made = await weft(line('weft genesis'))
  t.regex(made, /chain id +[0-9a-f]{64}/)
  const api = await start(line('weft node --dir my-chain/validator-1'))
  environment.WEFT_API = api

  const published = await weft(line('weft publish'))
  const blobId = /[0-9a-f]{64}/.exec(published)?.[0] ?? ''
  t.regex(published, /certified/)
  t.regex(await weft(line('weft status')), /validator/)
  await weft(line('weft get').replace('<blobId>', blobId))
  t.is(readFileSync(join(folder, 'copy.md'), 'utf8'), page)

  copyFileSync(join(folder, 'my-chain/genesis.json'), join(folder, 'genesis.json'))
  t.regex(await weft(line('weft init --dir me')), /peer id/)

  const program = blocks(page).find(({ marks }) => marks.includes('api'))?.code ?? ''
  // The package's entry stands for its source.
  const client = pathToFileURL(join(root, 'src/api/client.ts')).href
  writeFileSync(
    join(folder, 'program.ts'),
    program.replaceAll('http://127.0.0.1:26780', api).replace("from 'weft-da/client'", `from '${client}'`),
  )
  const { stdout } = await promisify(execFile)(process.execPath, ['program.ts'], {
    cwd: folder,
    timeout: 60_000,
  })
  const [state = '', data] = stdout.trim().split('\n')
  t.regex(state, /^certified \d+$/)
  t.is(data, 'a batch of transactions')
})
