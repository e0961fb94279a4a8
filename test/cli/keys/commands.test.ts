import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { lockKey } from '../../../src/cli/keys/key-lock.ts'
import { lastJson, temporaryFolder, weft } from '../support.ts'

test('a validator key is encrypted unless its owner says otherwise, and init needs the passphrase again', async (t) => {
  t.timeout(120_000)
  const cwd = temporaryFolder(t)
  const without = await weft(['init', '--dir', 'alice', '--validator'], { cwd })
  t.is(without.code, 2)
  t.regex(without.stderr, /expected --passphrase-file with the passphrase of .*, or a terminal to ask on/)
  writeFileSync(join(cwd, 'short'), 'too short\n')
  const short = await weft(['init', '--dir', 'alice', '--validator', '--passphrase-file', 'short'], { cwd })
  t.regex(short.stderr, /expected a passphrase of at least 12 characters, got 9/)
  t.false(existsSync(join(cwd, 'alice/validator.json')))

  writeFileSync(join(cwd, 'words'), 'correct horse battery staple\n')
  const args = ['init', '--dir', 'alice', '--validator', '--passphrase-file', 'words', '--json']
  const made = await weft(args, { cwd })
  t.is(made.code, 0, made.stderr)
  const keystore = join(cwd, 'alice/validator.keystore.json')
  t.is(statSync(keystore).mode & 0o777, 0o600)
  t.false(existsSync(join(cwd, 'alice/validator.key')))
  const { validator } = lastJson(made) as { validator: { publicKey: string } }
  t.is(`0x${(JSON.parse(readFileSync(keystore, 'utf8')) as { pubkey: string }).pubkey}`, validator.publicKey)

  const again = await weft(args, { cwd })
  t.is(again.code, 0, again.stderr)
  t.deepEqual(lastJson(again).validator, validator)
  writeFileSync(join(cwd, 'others'), 'another passphrase\n')
  const wrong = await weft([...args.slice(0, 5), 'others'], { cwd })
  t.is(wrong.code, 2)
  t.regex(wrong.stderr, /expected the passphrase of alice.validator\.keystore\.json, got another/)
})

test('a plain key is turned into a keystore that opens to the same key', async (t) => {
  t.timeout(120_000)
  const cwd = temporaryFolder(t)
  writeFileSync(join(cwd, 'words'), 'correct horse battery staple')
  const plain = await weft(['init', '--dir', 'a', '--validator', '--plain-key', '--json'], { cwd })
  const encrypted = await weft(['encrypt-key', '--dir', 'a', '--passphrase-file', 'words', '--json'], { cwd })
  t.is(encrypted.code, 0, encrypted.stderr)
  t.false(existsSync(join(cwd, 'a/validator.key')))
  const opened = await weft(['init', '--dir', 'a', '--validator', '--passphrase-file', 'words', '--json'], {
    cwd,
  })
  t.deepEqual(lastJson(opened).validator, lastJson(plain).validator)
  t.is((await weft(['encrypt-key', '--dir', 'a', '--passphrase-file', 'words'], { cwd })).code, 2)
})

test('a key is locked by one process of a machine, in whatever folder it lies, until that one is gone', async (t) => {
  const folder = join(temporaryFolder(t), 'locks')
  const key = new Uint8Array(48).fill(3)
  const lock = await lockKey(folder, key)
  await t.throwsAsync(lockKey(folder, key), { code: 'usage', message: /nobody else on this machine/ })
  const other = await lockKey(folder, new Uint8Array(48).fill(4))
  await lock.release()
  const again = await lockKey(folder, key)
  await Promise.all([again.release(), other.release()])
})

test('a signing record moves from folder to folder by command, and only with its key and its chain', async (t) => {
  t.timeout(120_000)
  const cwd = temporaryFolder(t)
  const made = await weft(['genesis', '--validators', '2', '--out', 'net'], { cwd })
  t.is(made.code, 0, made.stderr)
  const exported = await weft(['signing-export', '--dir', 'net/validator-1', '--out', 'r.json', '--json'], {
    cwd,
  })
  t.is(exported.code, 0, exported.stderr)
  t.like(lastJson(exported), { records: 0, floor: 0 })
  t.is(statSync(join(cwd, 'r.json')).mode & 0o777, 0o600)
  const wrongKey = await weft(['signing-import', 'r.json', '--dir', 'net/validator-2'], { cwd })
  t.is(wrongKey.code, 2)
  t.regex(wrongKey.stderr, /expected a record of the key/)

  const record = JSON.parse(readFileSync(join(cwd, 'r.json'), 'utf8')) as Record<string, unknown>
  writeFileSync(
    join(cwd, 'r2.json'),
    JSON.stringify({ ...record, floor: 41, records: [{ height: 40, nil: true }] }),
  )
  const imported = await weft(['signing-import', 'r2.json', '--dir', 'net/validator-1', '--json'], { cwd })
  t.is(imported.code, 0, imported.stderr)
  const out = await weft(['signing-export', '--dir', 'net/validator-1', '--out', 'r3.json', '--json'], {
    cwd,
  })
  t.like(lastJson(out), { records: 1, floor: 41 })
})
