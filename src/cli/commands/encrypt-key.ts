// weft encrypt-key: a validator's plain key becomes a keystore.

import { unlinkSync } from 'node:fs'
import { equal } from '../../base/bytes.ts'
import { createNobleBls } from '../../chain/bls-noble.ts'
import type { Command } from '../context.ts'
import { badInput, EXIT } from '../failure.ts'
import { readIfThere, writeNew } from '../files.ts'
import { decryptKey, encryptKey } from '../keys/keystore.ts'
import { newPassphrase } from '../keys/passphrase.ts'
import { folderPaths, plainKeys, readNodeKeys } from '../node-folder.ts'

export const encryptKeyCommand: Command<'encrypt-key'> = async (
  { dir, passphraseFile, json },
  _args,
  { terminal },
) => {
  const paths = folderPaths(dir)
  if (readIfThere(paths.validatorKey) === undefined) {
    throw badInput(`expected a plain key at ${paths.validatorKey}, there is none`)
  }
  if (readIfThere(paths.keystore) !== undefined) {
    throw badInput(`expected nothing at ${paths.keystore} yet; what is there was left as it is`)
  }
  const { validatorKey } = await readNodeKeys(dir, plainKeys)
  if (validatorKey === undefined) throw badInput(`expected the folder of a validator at ${dir}`)
  const passphrase = await newPassphrase({ file: passphraseFile, terminal }, paths.keystore)
  const keystore = await encryptKey(validatorKey, createNobleBls().publicKeyOf(validatorKey), passphrase)
  // The plain key goes only after the other one was seen to open.
  if (!equal(await decryptKey(keystore, passphrase, paths.keystore), validatorKey)) {
    throw new Error('expected the new keystore to hold the same key')
  }
  writeNew(paths.keystore, keystore, { secret: true })
  unlinkSync(paths.validatorKey)
  if (json) terminal.out(JSON.stringify({ ok: true, made: paths.keystore, removed: paths.validatorKey }))
  else {
    terminal.out(`made       ${paths.keystore}`)
    terminal.out(`removed    ${paths.validatorKey}  (disks and backups may still hold it)`)
  }
  return EXIT.ok
}
