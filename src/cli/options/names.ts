// How the name of an option is written: `dataDir` is the flag `--data-dir`, the variable `WEFT_DATA_DIR` and the key
// "dataDir" of a config file.

/** `dataDir` as `data-dir`. */
export const flagName = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** `dataDir` as `WEFT_DATA_DIR`. */
export const variableName = (name: string): string =>
  `WEFT_${flagName(name).replaceAll('-', '_').toUpperCase()}`
