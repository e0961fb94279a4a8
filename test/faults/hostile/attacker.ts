// The attacker's process: raw libp2p, and raw TCP, against one address, for a while. It shares no code with src/network.

import type { Attack } from './attack.ts'
import { attacks } from './attacks.ts'

export interface AttackCall {
  readonly attack: string
  readonly address: string
  readonly chainId: string
  readonly forMs: number
  /** How long a peer goes on that has to be cut, from its first message. */
  readonly patienceMs: number
  /** Valid columns of a block of the chain, and votes of a height that is long final, SSZ in base64. */
  readonly columns: readonly string[]
  readonly oldVotes: readonly string[]
  /** Topic indices of the columns. */
  readonly indices: readonly number[]
  /** Root of a block that can be asked for, hex. */
  readonly root: string
}

export interface AttackReport {
  /** Messages, requests, frames or connections. */
  readonly sent: number
  readonly cuts: readonly Cut[]
}

/** One hostile connection, by the wall clock: its first hostile byte, and its end, if the other side ended it. */
export interface Cut {
  readonly firstAtMs: number
  readonly closedAtMs: number | undefined
}

process.once('message', (call: AttackCall) => {
  const attack: Attack | undefined = attacks[call.attack]
  if (attack === undefined) throw new RangeError(`expected an attack, got ${call.attack}`)
  attack
    .run({
      ...call,
      columns: call.columns.map((text) => new Uint8Array(Buffer.from(text, 'base64'))),
      oldVotes: call.oldVotes.map((text) => new Uint8Array(Buffer.from(text, 'base64'))),
      untilMs: Date.now() + call.forMs,
    })
    .then((report: AttackReport) => {
      process.send?.(report, () => process.exit(0))
    })
    .catch((error: unknown) => {
      console.error(error)
      process.exit(1)
    })
})
