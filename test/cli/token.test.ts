// weft token and weft verify: tokens made, listed and revoked in a folder; a receipt checked from files alone.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { fromHex } from '../../src/base/bytes.ts'
import { lastJson, weft } from './support.ts'

const folderOf = (t: ExecutionContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-token-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('a token is shown once, its hash kept for the owner alone, and revoked by its id', async (t) => {
  const dir = folderOf(t)
  const made = await weft([
    'token',
    'create',
    '--dir',
    dir,
    '--label',
    'batcher',
    '--right',
    'read',
    '--json',
  ])
  const { id, token } = lastJson(made) as unknown as { id: string; token: string }
  t.regex(token, /^weft_[0-9a-f]{12}_/)
  const path = join(dir, 'tokens.json')
  t.is(statSync(path).mode & 0o777, 0o600)
  t.false(readFileSync(path, 'utf8').includes(token.slice(18)))
  t.regex((await weft(['token', 'list', '--dir', dir])).stdout, new RegExp(`${id}  read   batcher`))
  t.is((await weft(['token', 'revoke', id, '--dir', dir])).code, 0)
  t.is((await weft(['token', 'revoke', id, '--dir', dir])).code, 2)
  t.regex((await weft(['token', 'list', '--dir', dir])).stdout, /none/)
})

test('a token is listed with its bounds, and none is made where there is no node', async (t) => {
  const dir = folderOf(t)
  const bounds = [
    '--token-namespaces',
    'mine',
    '--token-rate',
    '100',
    '--token-at-once',
    '4',
    '--token-body-bytes',
    '1000',
  ]
  t.is((await weft(['token', 'create', '--dir', dir, ...bounds])).code, 0)
  t.regex(
    (await weft(['token', 'list', '--dir', dir])).stdout,
    /^\w{12} {2}write {2}token {2}in 0{50}6d696e65 {2}100 a minute {2}4 at once {2}1000 bytes$/m,
  )
  const nowhere = await weft(['token', 'create', '--dir', join(dir, 'alice')])
  t.is(nowhere.code, 2)
  t.regex(nowhere.stderr, /expected a node's folder at .*alice, there is none; weft init makes one/)
  for (const args of [['revoke'], ['revoke', 'no-id'], ['make']])
    t.is((await weft(['token', ...args, '--dir', dir])).code, 2)
})

test('a receipt is checked offline: it holds, its bytes are others, or it is another chain', async (t) => {
  const dir = folderOf(t)
  const vector = (name: string) =>
    JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8'))
  const put = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(dir, name), content)
    return join(dir, name)
  }
  const genesis = put('genesis.json', JSON.stringify(vector('genesis').json))
  const [plain, aligned] = vector('receipts').cases
  const asSsz = put('receipt.ssz', fromHex(plain.ssz) as Uint8Array)
  t.is((await weft(['verify', asSsz, '--genesis', genesis])).code, 0)
  const asJson = put('receipt.json', JSON.stringify(aligned.json))
  const data = put('blob', fromHex(aligned.data) as Uint8Array)
  const whole = await weft(['verify', asJson, '--genesis', genesis, '--data', data, '--json'])
  t.deepEqual(lastJson(whole).checked, ['finality', 'entry', 'commitments', 'bytes', 'rows'])
  const wrong = await weft(['verify', asJson, '--genesis', genesis, '--data', asSsz])
  t.is(wrong.code, 3)
  t.regex(wrong.stderr, /other-bytes/)
  t.is((await weft(['verify', genesis, '--genesis', genesis])).code, 2)
})
