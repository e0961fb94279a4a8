// Names on the wire: gossip topics and stream protocols. Each carries the chain id's 64 hex digits, so that two chains
// never hear each other, even over one connection.

import { COLUMNS } from '../chain/limits.ts'

export type TopicKind = 'header' | 'proposal' | 'column' | 'vote' | 'certificate'

export type Topic = {
  readonly kind: TopicKind
  /** Column index of a column topic, else undefined. */
  readonly column: number | undefined
  readonly name: string
}

export const streamNames = [
  'status',
  'headers',
  'certificates',
  'proposals',
  'columns',
  'tiles',
  'held',
  'peers',
  'submit',
] as const
export type StreamName = (typeof streamNames)[number]

/** `/weft/<chain>/<kind>/1`, or `/weft/<chain>/column/<k>/1`. */
export const topicName = (chainId: string, kind: TopicKind, column?: number): string =>
  kind === 'column' ? `/weft/${chainId}/column/${column}/1` : `/weft/${chainId}/${kind}/1`

/** `/weft/<chain>/<name>/1`. */
export const protocolName = (chainId: string, name: StreamName): string => `/weft/${chainId}/${name}/1`

/** Prefix of the chain's own Kademlia. */
export const kademliaProtocol = (chainId: string): string => `/weft/${chainId}/kad/1`

/** All 132 topics of a chain by name. */
export const allTopics = (chainId: string): ReadonlyMap<string, Topic> => {
  const topics = new Map<string, Topic>()
  const add = (kind: TopicKind, column?: number) => {
    const name = topicName(chainId, kind, column)
    topics.set(name, { kind, column, name })
  }
  for (const kind of ['header', 'proposal', 'vote', 'certificate'] as const) add(kind)
  for (let column = 0; column < COLUMNS; column++) add('column', column)
  return topics
}
