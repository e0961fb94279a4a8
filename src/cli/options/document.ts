// The table of options as docs/configuration.md prints it. A test holds the page to it.

import { type CommandName, commandOptions } from './command-options.ts'
import type { Kind } from './kinds.ts'
import { flagName, variableName } from './names.ts'
import type { Option } from './option.ts'
import { type OptionName, options } from './table.ts'

/** Rows in Markdown, one an option. */
export const optionRows = (): readonly string[] =>
  (Object.keys(options) as OptionName[]).map((name) => {
    const { kind, default: value, describe, notInFile } = options[name] as Option<unknown>
    const takes = (Object.keys(commandOptions) as CommandName[]).filter((command) =>
      (commandOptions[command] as readonly OptionName[]).includes(name),
    )
    const flag = `${flagName(name)}${placeholderOf(kind)}`
    const usual = value === undefined || value === false ? '' : `\`${kind.show(value)}\``
    const commands = takes.length === Object.keys(commandOptions).length ? 'all' : takes.join(', ')
    const key = notInFile ? '-' : `\`${name}\``
    return `| \`--${flag}\` | \`${variableName(name)}\` | ${key} | ${usual} | ${commands} | ${describe} |`
  })

/** What a flag takes, as help and documents write it. */
export const placeholderOf = ({ placeholder, alone }: Kind<unknown>): string =>
  placeholder === undefined ? '' : alone ? ` [${placeholder}]` : ` <${placeholder}>`
