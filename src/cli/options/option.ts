// What an option is: a kind of value, a default, words. The tables of options are made of these.

import type { Kind } from './kinds.ts'

export interface Option<T, Default extends T | undefined = T | undefined> {
  readonly kind: Kind<T>
  readonly default: Default
  readonly describe: string
  /** Only as flag or variable: what says where the config file is cannot be in it. */
  readonly notInFile?: true
}

/** An option that is undefined unless it is given. */
export const optional = <T>(
  kind: Kind<T>,
  describe: string,
  more: { notInFile?: true } = {},
): Option<T, undefined> => ({
  kind,
  default: undefined,
  describe,
  ...more,
})

export const withDefault = <T>(kind: Kind<T>, value: T, describe: string): Option<T, T> => ({
  kind,
  default: value,
  describe,
})

export const GiB = 2 ** 30
export const DAY_MS = 86_400_000
