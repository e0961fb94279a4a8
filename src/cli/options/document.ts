// The table of options as docs/configuration.md prints it. A test holds the page to it.

import {
  type CommandName,
  commandOptions,
  flagName,
  type Option,
  type OptionName,
  options,
  variableName,
} from './table.ts'

/** Rows in Markdown, one an option. */
export const optionRows = (): readonly string[] =>
  (Object.keys(options) as OptionName[]).map((name) => {
    const { kind, default: value, describe, notInFile } = options[name] as Option<unknown>
    const takes = (Object.keys(commandOptions) as CommandName[]).filter((command) =>
      (commandOptions[command] as readonly OptionName[]).includes(name),
    )
    const flag = kind.placeholder === undefined ? flagName(name) : `${flagName(name)} <${kind.placeholder}>`
    const usual = value === undefined || value === false ? '' : `\`${kind.show(value)}\``
    const commands = takes.length === Object.keys(commandOptions).length ? 'all' : takes.join(', ')
    const key = notInFile ? '-' : `\`${name}\``
    return `| \`--${flag}\` | \`${variableName(name)}\` | ${key} | ${usual} | ${commands} | ${describe} |`
  })
