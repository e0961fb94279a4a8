// Upgrades of the protocol: genesis schedules versions by height, and a program follows those that it knows. Below the
// first height of an unknown version it is a node like any other; there it has to stop, since it cannot judge.

import { WeftError } from '../base/error.ts'
import type { Genesis } from './containers.ts'
import { PROTOCOL_VERSION } from './genesis.ts'

/** The versions whose rules this code has. */
export const KNOWN_VERSIONS: readonly number[] = [PROTOCOL_VERSION]

export interface UnknownVersion {
  readonly version: number
  /** First height that has it. */
  readonly height: number
}

export type UpgradeError = WeftError<'unknown-protocol-version', UnknownVersion>

/** The first scheduled version that is not among `known`; undefined where all are. */
export const unknownVersion = (
  { versions }: Pick<Genesis, 'versions'>,
  known: readonly number[],
): UnknownVersion | undefined => {
  const step = versions.find(({ version }) => !known.includes(version))
  return step === undefined ? undefined : { version: step.version, height: step.height }
}

/** What a node that has come to that height fails with. */
export const upgradeError = (unknown: UnknownVersion): UpgradeError =>
  new WeftError(
    'unknown-protocol-version',
    `expected a program that knows version ${unknown.version} of the protocol, which this chain has from height ${unknown.height} on: install a newer one`,
    unknown,
  )
