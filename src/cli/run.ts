// One call of `weft`, from argv and environment to an exit code. Whatever goes wrong ends here, as one sentence on
// stderr (and with --json as an object on stdout); a stack trace is printed only for faults of the program, and only
// where WEFT_LOG_LEVEL=debug asks for it.

import { CommanderError } from 'commander'
import { messageOf, WeftError } from '../base/error.ts'
import { type Commands, commands as usual } from './commands.ts'
import type { Command, Context } from './context.ts'
import { badInput, EXIT, type ExitCode, exitCodeOf } from './failure.ts'
import { readIfThere } from './files.ts'
import type { CommandName } from './options/command-options.ts'
import { resolveOptions, unknownVariables } from './options/resolve.ts'
import { createProgram } from './program.ts'

export interface Call {
  /** Without the interpreter and the script. */
  readonly argv: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly version: string
}

/** `commands`: others than the usual ones, for a program that differs in one. */
export const run = async (call: Call, context: Context, commands: Commands = usual): Promise<ExitCode> => {
  const { terminal } = context
  let exitCode: ExitCode = EXIT.ok
  const output = {
    out: (text: string) => terminal.out(text.replace(/\n$/, '')),
    err: (text: string) => terminal.err(text.replace(/\n$/, '')),
    columns: terminal.columns,
  }
  const program = createProgram({ version: call.version, commands }, output, async (name, flags, args) => {
    for (const variable of unknownVariables(call.environment)) {
      terminal.err(`weft: ${variable} is no option of any command and was not used`)
    }
    exitCode = await runCommand(name, commands[name].load, { flags, args, call }, context)
  })
  try {
    await program.parseAsync([...call.argv], { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok
    const known = error instanceof CommanderError ? usageOf(error, call) : error
    report(known, call, context)
    return exitCodeOf(known)
  }
}

const runCommand = async <Name extends CommandName>(
  name: Name,
  load: () => Promise<Command<Name>>,
  {
    flags,
    args,
    call,
  }: { flags: Parameters<typeof resolveOptions>[1]['flags']; args: readonly string[]; call: Call },
  context: Context,
): Promise<ExitCode> => {
  const values = resolveOptions(name, { flags, environment: call.environment, readFile: readIfThere })
  const command = await load()
  return command(values, args, context)
}

/** commander's complaint as ours: one sentence, and where help is. */
const usageOf = (error: CommanderError, { argv }: Call): WeftError => {
  const name = argv.find((word) => Object.hasOwn(usual, word))
  const help = name === undefined ? 'weft --help' : `weft ${name} --help`
  if (error.code === 'commander.help') return badInput(`expected a command; see ${help}`)
  const complaint = error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')
  return badInput(`${complaint.replace(/\.$/, '')}; see ${help}`, { cause: error })
}

const report = (error: unknown, { argv, environment }: Call, { terminal }: Context): void => {
  const exitCode = exitCodeOf(error)
  const [message = ''] = messageOf(error).split('\n')
  const code = exitCode !== EXIT.unexpected && error instanceof WeftError ? error.code : 'unexpected'
  terminal.err(
    code === 'unexpected' ? `weft: something went wrong that should not: ${message}` : `weft: ${message}`,
  )
  if (code === 'unexpected' && environment.WEFT_LOG_LEVEL === 'debug' && error instanceof Error) {
    terminal.err(error.stack ?? '')
  }
  if (argv.includes('--json') || ['true', '1'].includes(environment.WEFT_JSON ?? '')) {
    terminal.out(JSON.stringify({ ok: false, exitCode, error: { code, message } }))
  }
}
