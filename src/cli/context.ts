// What every command is given besides its options.

import type { ExitCode } from './failure.ts'
import type { CommandName, OptionsOf } from './options/command-options.ts'
import type { Terminal } from './terminal.ts'

export interface Context {
  readonly terminal: Terminal
  readonly host: NodeJS.Process
}

/** A command: does its work and says how it ended; throws what `failure.ts` names. `args` are its positional ones. */
export type Command<Name extends CommandName> = (
  values: OptionsOf<Name>,
  args: readonly string[],
  context: Context,
) => Promise<ExitCode>
