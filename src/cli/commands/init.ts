// weft init: a node's folder.

import { createNobleBls } from '../../chain/bls-noble.ts'
import type { Command } from '../context.ts'
import { badInput, EXIT } from '../failure.ts'
import { readIfThere, writeNew } from '../files.ts'
import { readGenesis } from '../genesis-file.ts'
import { keyProtection } from '../keys/protection.ts'
import { folderPaths, makeNodeFolder } from '../node-folder.ts'

export const init: Command<'init'> = async (
  { dir, validator, weight, genesis, passphraseFile, plainKey, json },
  _args,
  { terminal },
) => {
  const given = genesis === undefined ? undefined : readGenesis(genesis).text
  const paths = folderPaths(dir)
  if (given !== undefined && (readIfThere(paths.genesis) ?? given) !== given) {
    throw badInput(`expected ${genesis} to be the genesis that ${dir} has already; nothing was changed`)
  }
  const protection = keyProtection({ passphraseFile, plainKey }, terminal)
  const folder = await makeNodeFolder(dir, { validator, weight }, createNobleBls(), protection)
  const made = [...folder.made]
  const kept = [...folder.kept]
  if (given !== undefined) {
    const isThere = readIfThere(paths.genesis) !== undefined
    if (!isThere) writeNew(paths.genesis, given)
    ;(isThere ? kept : made).push(paths.genesis)
  }
  if (json) {
    const { peerId } = folder.keys
    terminal.out(JSON.stringify({ ok: true, dir, peerId, validator: folder.validator, made, kept }))
    return EXIT.ok
  }
  terminal.out(`peer id    ${folder.keys.peerId}`)
  if (folder.validator !== undefined) terminal.out(`public key ${folder.validator.publicKey}`)
  for (const path of made)
    terminal.out(
      `made       ${path}${/key(store\.json)?$/.test(path) ? '  (secret: back it up, never share it)' : ''}`,
    )
  for (const path of kept) terminal.out(`kept       ${path}  (was there already)`)
  if (folder.validator !== undefined && given === undefined) {
    terminal.out(`\nGive ${paths.validatorJson} to whoever makes the genesis.`)
  }
  return EXIT.ok
}
