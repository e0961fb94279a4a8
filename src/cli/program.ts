// The command `weft` as commander sees it: sub-commands, their arguments, help with examples. Flags come from the one
// table of options; values are read by resolve.ts, so that a flag is judged exactly like a variable or a key of the
// config file.

import { Command as Commander, Option as CommanderOption } from 'commander'
import type { Commands } from './commands.ts'
import { type CommandName, commandOptions } from './options/command-options.ts'
import { placeholderOf } from './options/document.ts'
import { flagName, variableName } from './options/names.ts'
import type { Option } from './options/option.ts'
import type { FlagValue } from './options/resolve.ts'
import { type OptionName, options } from './options/table.ts'

/** Called with what the command line said, once a command was found. */
export type OnCommand = (
  name: CommandName,
  flags: Readonly<Record<string, FlagValue | undefined>>,
  args: readonly string[],
) => Promise<void>

export interface ProgramOutput {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly columns: number
}

/** Parsing throws CommanderError, for help and version too; nothing ends the process. */
export const createProgram = (
  { version, commands }: { readonly version: string; readonly commands: Commands },
  { out, err, columns }: ProgramOutput,
  onCommand: OnCommand,
) => {
  const program = new Commander('weft')
    .description(
      'Weft makes the data of rollups available: blobs are packed into blocks, each block is an erasure-coded ' +
        'grid of 128 columns that validators certify, and light nodes check by sampling that all of it can be had.',
    )
    .version(version, '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: out,
      writeErr: err,
      outputError: () => {},
      getOutHelpWidth: () => Math.min(columns, 110),
      getErrHelpWidth: () => Math.min(columns, 110),
    })
    .helpOption('-h, --help', 'show help')
    .addHelpText('after', mainHelp)
  for (const name of Object.keys(commands) as CommandName[])
    addCommand(program, name, commands[name], onCommand)
  return program
}

const addCommand = (
  program: Commander,
  name: CommandName,
  { summary, description, argument, examples }: Omit<Commands[CommandName], 'load'>,
  onCommand: OnCommand,
): void => {
  const command = program
    .command(name)
    .summary(summary)
    .description(description)
    .addHelpText('after', exampleText(examples))
  if (argument !== undefined) command.argument(argument.name, argument.describe)
  for (const option of commandOptions[name]) command.addOption(commanderOption(option))
  command.action(async () => {
    await onCommand(name, command.opts(), command.args)
  })
}

const commanderOption = (name: OptionName): CommanderOption => {
  const { kind, default: value, describe } = options[name] as Option<unknown>
  const usual = value === undefined || value === false ? '' : `; default ${kind.show(value)}`
  const option = new CommanderOption(
    `--${flagName(name)}${placeholderOf(kind)}`,
    `${describe} [${variableName(name)}${usual}]`,
  )
  if (kind.repeatable) {
    option.argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text])
  }
  return option
}

const exampleText = (examples: readonly (readonly [command: string, does: string])[]): string =>
  `\nExamples:\n${examples.map(([command, does]) => `  $ ${command}\n      ${does}`).join('\n')}`

const mainHelp = `
Begin here:
  $ weft devnet                      watch a whole network at work on this machine, in a minute
  $ weft node --help                 run a node of a chain
  $ weft publish blob.bin --namespace my-rollup
  $ weft get <blobId> --out blob.bin

Every option is a flag, a variable (WEFT_...) and a key of the config file; the flag goes before the variable, the
variable before the file, the file before the default. Exit codes: 0 done, 1 a fault of the program, 2 bad input,
3 refused or surely not there, 4 not now, 5 a devnet claim did not hold, 130 interrupted.`
