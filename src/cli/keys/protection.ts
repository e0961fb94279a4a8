// How a command comes by a validator's key: by the options that protect it, and the terminal it may ask on.

import type { KeyProtection } from '../node-folder.ts'
import type { Terminal } from '../terminal.ts'
import { askPassphrase, newPassphrase } from './passphrase.ts'

export const keyProtection = (
  {
    passphraseFile,
    plainKey = false,
  }: { readonly passphraseFile: string | undefined; readonly plainKey?: boolean },
  terminal: Terminal,
): KeyProtection => ({
  plain: plainKey,
  passphrase: (use, path) =>
    (use === 'new' ? newPassphrase : askPassphrase)({ file: passphraseFile, terminal }, path),
})
