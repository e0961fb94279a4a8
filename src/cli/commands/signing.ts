// weft signing-export, weft signing-import: what a validator has signed, out of its folder and into another.

import { join } from 'node:path'
import { equal, toHex } from '../../base/bytes.ts'
import { hasCode, messageOf } from '../../base/error.ts'
import { silent } from '../../base/log.ts'
import { noMetrics } from '../../base/metrics.ts'
import { createBlstBls } from '../../chain/bls-blst.ts'
import { chainOf } from '../../chain/chain.ts'
import { createStore, type NodeStore } from '../../store/store.ts'
import type { Command, Context } from '../context.ts'
import { badInput, EXIT } from '../failure.ts'
import { readIfThere, writeNew } from '../files.ts'
import { readGenesis } from '../genesis-file.ts'
import { keyProtection } from '../keys/protection.ts'
import { exportSigning, importSigning, readSigning, writeSigning } from '../keys/signing-file.ts'
import { folderPaths, readNodeKeys } from '../node-folder.ts'
import type { OptionsOf } from '../options/command-options.ts'

export const signingExport: Command<'signing-export'> = async (values, _args, context) => {
  const { out, dir, json } = values
  const path = out ?? 'signing-record.json'
  const file = await withStore(values, context, exportSigning)
  writeNew(path, writeSigning(file), { secret: true })
  const { records, floor } = file
  if (json) context.terminal.out(JSON.stringify({ ok: true, path, records: records.length, floor }))
  else {
    context.terminal.out(`made       ${path}: ${records.length} heights, up to ${floor - 1}`)
    context.terminal.out(`\nImport it elsewhere before the key is used there, and never start ${dir} again.`)
  }
  return EXIT.ok
}

export const signingImport: Command<'signing-import'> = async (values, [path = ''], context) => {
  const text = readIfThere(path)
  if (text === undefined) throw badInput(`expected a signing record at ${path}, there is none`)
  const file = readSigning(text, path)
  await withStore(values, context, async (store, { chainId, publicKey }) => {
    if (!equal(file.chainId, chainId)) {
      throw badInput(`expected a record of chain ${toHex(chainId)} in ${path}, got ${toHex(file.chainId)}`)
    }
    if (!equal(file.publicKey, publicKey)) {
      throw badInput(
        `expected a record of the key ${toHex(publicKey)} in ${path}, got ${toHex(file.publicKey)}`,
      )
    }
    await importSigning(store, file).catch((cause: unknown) => {
      if (!hasCode(cause, 'contradicting-signature') && !hasCode(cause, 'below-signing-floor')) throw cause
      throw badInput(`expected ${path} to agree with what is recorded here: ${messageOf(cause)}`, { cause })
    })
  })
  const { records, floor } = file
  if (values.json) context.terminal.out(JSON.stringify({ ok: true, records: records.length, floor }))
  else {
    context.terminal.out(`imported   ${records.length} heights from ${path}`)
    context.terminal.out(`floor      nothing new is signed here below height ${floor}`)
  }
  return EXIT.ok
}

/** Runs `use` with the open database of a validator that does not run. */
const withStore = async <T>(
  { dir, genesis, passphraseFile }: OptionsOf<'signing-export'> | OptionsOf<'signing-import'>,
  { terminal }: Context,
  use: (
    store: NodeStore,
    identity: { readonly chainId: Uint8Array; readonly publicKey: Uint8Array },
  ) => Promise<T>,
): Promise<T> => {
  const paths = folderPaths(dir)
  const { validatorKey } = await readNodeKeys(dir, keyProtection({ passphraseFile }, terminal))
  if (validatorKey === undefined) throw badInput(`expected the folder of a validator at ${dir}`)
  const { chainId } = chainOf(readGenesis(genesis ?? paths.genesis).genesis)
  const store = createStore(
    {
      location: join(paths.database, 'db'),
      signingLocation: join(paths.database, 'signing'),
      chainId,
    },
    { log: silent, metrics: noMetrics },
  )
  try {
    await store.open()
  } catch (cause) {
    if (!hasCode(cause, 'store-locked')) throw cause
    throw badInput(`expected the node of ${dir} to be stopped`, { cause })
  }
  try {
    return await use(store, { chainId, publicKey: createBlstBls().publicKeyOf(validatorKey) })
  } finally {
    await store.close()
  }
}
