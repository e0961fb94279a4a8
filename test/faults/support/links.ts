// Links between nodes that can be held: bytes in one direction stop moving and nothing is said about it, which is what
// a network that drops packets looks like from above. Each ordered pair of nodes has its own link.

import type { StartOptions } from './processes.ts'

export interface Links {
  /** How the links are made, for the table. */
  readonly kind: string
  /** What a node must be started with for its links to be used. */
  optionsOf(name: string): StartOptions
  /** Stops, or lets through, what `from` sends to `to`. */
  hold(from: string, to: string): Promise<void>
  /** Opens every link. */
  heal(): Promise<void>
  close(): Promise<void>
}

/** Holds every link between different groups, in both directions. */
export const partition = async (links: Links, groups: readonly (readonly string[])[]): Promise<void> => {
  for (const group of groups)
    for (const other of groups)
      if (group !== other) for (const from of group) for (const to of other) await links.hold(from, to)
}
