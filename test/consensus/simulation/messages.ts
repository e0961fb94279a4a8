// What the simulated validators send to each other, and blocks without their bytes.

import type { Certificate, Vote } from '../../../src/chain/containers.ts'
import type { BlockFacts } from '../../../src/consensus/types.ts'

export interface Block {
  readonly root: Uint8Array
  readonly key: string
  readonly header: BlockFacts
  readonly proposer: number
}

export type Message =
  | { readonly type: 'block'; readonly block: Block; readonly data: boolean }
  | { readonly type: 'vote'; readonly vote: Vote }
  | { readonly type: 'certificate'; readonly certificate: Certificate }
  | { readonly type: 'ask-certificates'; readonly start: number; readonly end: number | undefined }
  | { readonly type: 'ask-block'; readonly root: Uint8Array }

/** A participant: honest.ts drives a machine, byzantine.ts does what it likes. */
export interface Participant {
  receive(message: Message, from: number): void
  start(): void
}

export const keyOf = (root: Uint8Array): string => {
  const view = new DataView(root.buffer, root.byteOffset)
  return `${view.getUint32(0)}`
}

/** Distinct roots by number; never zero. */
export const rootOf = (number: number): Uint8Array => {
  const root = new Uint8Array(32).fill(1)
  new DataView(root.buffer).setUint32(0, number)
  return root
}
