// What everybody of this rollup agrees on beforehand, as one JSON file.

export interface Rollup {
  /** Namespace on Weft, 58 hex digits: a label that anybody may use. */
  readonly namespace: string
  /** Public key of the sequencer, 64 hex digits: what makes a blob a batch. */
  readonly sequencer: string
  /** Who owns what at the beginning: units by account, as decimal text. */
  readonly balances: Readonly<Record<string, string>>
  /** Height of Weft's chain that the rollup began at. */
  readonly fromHeight: number
}

export const beginningOf = ({ balances }: Rollup): Record<string, bigint> =>
  Object.fromEntries(Object.entries(balances).map(([account, units]) => [account, BigInt(units)]))
