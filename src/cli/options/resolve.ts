// From what was given to what holds: flag before environment before config file before default, for every option
// alike. A value that cannot be read stops the command before it does anything, with a sentence that names the option,
// where it was given, what was expected and what came.

import { join } from 'node:path'
import { badInput } from '../failure.ts'
import { type CommandName, commandOptions, type OptionsOf } from './command-options.ts'
import { flagName, variableName } from './names.ts'
import type { Option } from './option.ts'
import { type OptionName, options } from './table.ts'

/** A flag as the command line gave it: text, a list of texts, or true and false for switches. */
export type FlagValue = string | readonly string[] | boolean

export interface Sources {
  readonly flags: Readonly<Record<string, FlagValue | undefined>>
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Text of a file; undefined if there is none. Throws if it cannot be read. */
  readonly readFile: (path: string) => string | undefined
}

/** The values of a command's options. Throws `usage`. */
export const resolveOptions = <Command extends CommandName>(
  command: Command,
  sources: Sources,
): OptionsOf<Command> => {
  const file = configFile(command, sources)
  const names: readonly OptionName[] = commandOptions[command]
  return Object.fromEntries(
    names.map((name) => [name, resolveOne(name, sources, file)]),
  ) as OptionsOf<Command>
}

/** Variables that begin with WEFT_ and are no option: likely typing errors. */
export const unknownVariables = (environment: Sources['environment']): readonly string[] => {
  const known = new Set(Object.keys(options).map(variableName))
  return Object.keys(environment).filter((name) => name.startsWith('WEFT_') && !known.has(name))
}

interface ConfigFile {
  readonly path: string
  readonly values: Readonly<Record<string, unknown>>
}

const resolveOne = (
  name: OptionName,
  { flags, environment }: Sources,
  file: ConfigFile | undefined,
): unknown => {
  const option = options[name] as Option<unknown>
  const { kind } = option
  const flag = flags[name]
  if (flag !== undefined) return fromFlag(name, option, flag)
  const variable = variableName(name)
  const text = environment[variable]
  if (text !== undefined && text !== '') {
    return kind.fromText(text) ?? unusable(kind.expected, `the variable ${variable}`, text)
  }
  const inFile = file?.values[name]
  if (inFile !== undefined) {
    return (
      kind.fromJson(inFile) ?? unusable(kind.expected, `"${name}" in ${file?.path}`, JSON.stringify(inFile))
    )
  }
  return option.default
}

const fromFlag = (name: OptionName, { kind }: Option<unknown>, flag: FlagValue): unknown => {
  if (typeof flag === 'boolean') return kind.alone ? kind.fromText('true') : flag
  const texts = typeof flag === 'string' ? [flag] : flag
  const values = texts.map(
    (text) =>
      (text === '' ? undefined : kind.fromText(text)) ?? unusable(kind.expected, `--${flagName(name)}`, text),
  )
  return kind.repeatable ? values.flat() : values[0]
}

const unusable = (expected: string, where: string, came: string): never => {
  throw badInput(
    `expected ${expected} for ${where}, got ${came.startsWith('"') ? came : JSON.stringify(clip(came))}`,
  )
}

const clip = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}...` : text)

/** The file named by `config`, else config.json in the node's folder, if the command has one and the file is there. */
const configFile = (command: CommandName, sources: Sources): ConfigFile | undefined => {
  const named = resolveOne('config', sources, undefined) as string | undefined
  if (named !== undefined) {
    const values = readConfig(named, sources)
    if (values === undefined) throw badInput(`expected a config file at ${named}, there is none`)
    return { path: named, values }
  }
  if (!(commandOptions[command] as readonly OptionName[]).includes('dir')) return undefined
  const path = join(resolveOne('dir', sources, undefined) as string, 'config.json')
  const values = readConfig(path, sources)
  if (values === undefined) return undefined
  if (values.dir !== undefined) {
    throw badInput(
      `expected no "dir" in ${path}, which was found by its folder; name the file with --config instead`,
    )
  }
  return { path, values }
}

const readConfig = (path: string, { readFile }: Sources): ConfigFile['values'] | undefined => {
  let text: string | undefined
  try {
    text = readFile(path)
  } catch (cause) {
    throw badInput(`expected to read the config file ${path}: ${(cause as Error).message}`, { cause })
  }
  if (text === undefined) return undefined
  let values: unknown
  try {
    values = JSON.parse(text)
  } catch (cause) {
    throw badInput(`expected JSON in the config file ${path}: ${(cause as Error).message}`, { cause })
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw badInput(`expected one JSON object in the config file ${path}`)
  }
  for (const key of Object.keys(values)) {
    if (!Object.hasOwn(options, key) || (options[key as OptionName] as Option<unknown>).notInFile) {
      throw badInput(`expected only names of options in the config file ${path}, got ${JSON.stringify(key)}`)
    }
  }
  return values as ConfigFile['values']
}
