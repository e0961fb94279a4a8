// The one table of options: name, kind, default, words, in the order of docs/configuration.md. Flags, environment
// variables, keys of the config file, the help texts and that page are all made from it.

import { clientOptions, devnetOptions, tokenOptions } from './client-options.ts'
import { everyOptions, folderOptions } from './folder-options.ts'
import { genesisOptions } from './genesis-options.ts'
import { lightOptions } from './light-options.ts'
import { addressOptions, processOptions, stackOptions, workOptions } from './node-options.ts'
import type { Option } from './option.ts'

export const options = {
  ...everyOptions,
  ...folderOptions,
  ...genesisOptions,
  ...addressOptions,
  ...stackOptions,
  ...workOptions,
  ...lightOptions,
  ...processOptions,
  ...clientOptions,
  ...tokenOptions,
  ...devnetOptions,
} as const

export type OptionName = keyof typeof options

type ValueOf<O> =
  O extends Option<infer T, infer Default> ? (Default extends undefined ? T | undefined : T) : never
export type OptionValues = { readonly [Name in OptionName]: ValueOf<(typeof options)[Name]> }
