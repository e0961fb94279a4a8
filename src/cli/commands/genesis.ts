// weft genesis: a chain's genesis, from its validators' public files or with validators of one's own.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { toHex } from '../../base/bytes.ts'
import { WeftError } from '../../base/error.ts'
import { createBlstBls } from '../../chain/bls-blst.ts'
import { createNobleBls } from '../../chain/bls-noble.ts'
import { chainOf } from '../../chain/chain.ts'
import type { Genesis } from '../../chain/containers.ts'
import { custodySentence, custodyWarnings } from '../../chain/custody-odds.ts'
import { PROTOCOL_VERSION } from '../../chain/genesis.ts'
import { type GenesisJson, genesisFromJson, genesisToJson } from '../../chain/genesis-json.ts'
import type { Command } from '../context.ts'
import { badInput, EXIT } from '../failure.ts'
import { makeFolder, readIfThere, writeNew } from '../files.ts'
import { folderPaths, makeNodeFolder, plainKeys, type ValidatorJson } from '../node-folder.ts'
import type { OptionsOf } from '../options/command-options.ts'
import { createProgress } from '../progress.ts'
import type { Terminal } from '../terminal.ts'

export const genesis: Command<'genesis'> = async (values, files, { terminal }) => {
  const { validators: count, out, json } = values
  if ((count === undefined) === (files.length === 0)) {
    throw badInput(
      count === undefined
        ? 'expected the public files of validators (made by weft init --validator), or --validators <number>'
        : `expected either files of validators or --validators ${count}, got both`,
    )
  }
  const made =
    count === undefined
      ? fromFiles(values, files, out ?? 'genesis.json')
      : await ofOwn(values, count, out ?? 'weft-chain', terminal)
  const chainId = toHex(chainOf(made.genesis).chainId)
  const validators = made.genesis.validators.length
  const warnings = custodyWarnings(made.genesis).map(custodySentence)
  if (json) terminal.out(JSON.stringify({ ok: true, chainId, validators, files: made.files, warnings }))
  else {
    terminal.out(`chain id   ${chainId}`)
    terminal.out(`validators ${validators}`)
    for (const file of made.files) terminal.out(`made       ${file}`)
    for (const warning of warnings) terminal.out(`warning    ${warning}`)
    for (const line of made.next) terminal.out(line)
  }
  return EXIT.ok
}

interface Made {
  readonly genesis: Genesis
  readonly files: readonly string[]
  readonly next: readonly string[]
}

const fromFiles = (values: OptionsOf<'genesis'>, files: readonly string[], out: string): Made => {
  const genesis = judge(values, files.map(readValidator), (place) => files[place] ?? 'genesis')
  writeNew(out, textOf(genesis))
  return { genesis, files: [out], next: ['', `Every node of the chain needs ${out}.`] }
}

const ofOwn = async (
  values: OptionsOf<'genesis'>,
  count: number,
  out: string,
  terminal: Terminal,
): Promise<Made> => {
  const path = join(out, 'genesis.json')
  if (existsSync(path)) throw badInput(`expected nothing at ${path} yet; what is there was left as it is`)
  judgeNumbers(values)
  makeFolder(out)
  const bls = createNobleBls()
  const folders = Array.from({ length: count }, (_, i) => join(out, `validator-${i + 1}`))
  const validators: ValidatorJson[] = []
  const progress = createProgress(terminal, `making the keys of ${count} validators`)
  for (const folder of folders) {
    progress.update(validators.length, count)
    const { validator } = await makeNodeFolder(folder, { validator: true, weight: 1 }, bls, plainKeys)
    if (validator !== undefined) validators.push(validator)
  }
  progress.stop()
  const genesis = judge(values, validators, (place) => folders[place] ?? 'genesis')
  writeNew(path, textOf(genesis))
  for (const folder of folders) writeNew(folderPaths(folder).genesis, textOf(genesis))
  return {
    genesis,
    files: [path, ...folders],
    next: [
      '',
      `Run each with: weft node --dir ${folders[0]} --listen /ip4/127.0.0.1/tcp/26700 --api-port 26780`,
    ],
  }
}

/** Judges everything but the validators, so that no key is made for a genesis that cannot be. */
const judgeNumbers = (values: OptionsOf<'genesis'>): void => {
  try {
    judge(values, [], () => 'genesis')
  } catch (error) {
    const { cause } = error as { cause?: { data?: { path?: string } } }
    if (cause?.data?.path !== 'validators.length') throw error
  }
}

const textOf = (genesis: Genesis): string => `${JSON.stringify(genesisToJson(genesis), undefined, 2)}\n`

const readValidator = (path: string): ValidatorJson => {
  const text = readIfThere(path)
  if (text === undefined) throw badInput(`expected a validator's public file at ${path}, there is none`)
  try {
    return JSON.parse(text) as ValidatorJson
  } catch (cause) {
    throw badInput(`expected a validator's public file (JSON, made by weft init --validator) at ${path}`, {
      cause,
    })
  }
}

/** The genesis of these validators, judged; what is wrong is named by its file and not by its index. */
const judge = (
  values: OptionsOf<'genesis'>,
  validators: readonly ValidatorJson[],
  fileOf: (place: number) => string,
): Genesis => {
  const { validators: _, out: __, config: ___, json: ____, ...numbers } = values
  const given: GenesisJson = {
    ...numbers,
    timestamp: Date.now(),
    versions: [{ height: 0, version: PROTOCOL_VERSION }],
    validators,
  }
  try {
    return genesisFromJson(given, createBlstBls())
  } catch (cause) {
    if (!(cause instanceof WeftError)) throw cause
    const message = cause.message.replace(/^validators\[(\d+)\]/, (_match, place) => fileOf(Number(place)))
    throw badInput(message, { cause })
  }
}
