// What we use of gossipsub's router beyond its published interface. An update of the package may rename any of it, so
// its presence is checked when the router is made.

import type { PeerId, Stream } from '@libp2p/interface'

export interface Rpc {
  subscriptions?: { subscribe?: boolean; topic?: string }[]
  messages: { topic: string; data?: Uint8Array }[]
  control?: {
    ihave?: { messageIDs?: unknown[] }[]
    iwant?: { messageIDs?: unknown[] }[]
    graft?: unknown[]
    prune?: unknown[]
    idontwant?: { messageIDs?: unknown[] }[]
  }
}

export interface RouterMessage {
  readonly propagationSource: PeerId
  readonly msgId: string
  readonly msg: { readonly topic: string; readonly data: Uint8Array }
}

/** `Result` is the package's TopicValidatorResult. */
export interface Router<Result = unknown> {
  subscribe(topic: string): void
  getSubscribers(topic: string): PeerId[]
  publish(topic: string, data: Uint8Array, options: object): Promise<{ recipients: PeerId[] }>
  reportMessageValidationResult(id: string, from: string, result: Result): void
  getScore(peer: string): number
  decodeRpc(bytes: Uint8Array): Rpc
  handleReceivedRpc(from: PeerId, rpc: Rpc): Promise<void>
  pipePeerReadStream(from: PeerId, source: AsyncIterable<{ subarray(): Uint8Array }>): Promise<void>
  addEventListener(type: 'gossipsub:message', listener: (event: CustomEvent<RouterMessage>) => void): void
  selectPeersToForward(topic: string, source?: string, exclude?: ReadonlySet<string>): Set<string>
  readonly peers: Map<string, PeerId>
  /** Subscribers by topic, and those of them in our mesh. */
  readonly topics: Map<string, Set<string>>
  readonly mesh: Map<string, Set<string>>
  readonly streamsOutbound: Map<string, { readonly rawStream: Stream }>
}

const methods = [
  'decodeRpc',
  'handleReceivedRpc',
  'pipePeerReadStream',
  'reportMessageValidationResult',
  'selectPeersToForward',
] as const

/** The same object by our names. Throws TypeError where it lacks one of them. */
export const asRouter = <Result>(instance: object): Router<Result> => {
  const router = instance as Router<Result>
  for (const name of methods)
    if (typeof router[name] !== 'function') throw new TypeError(`this gossipsub has no method ${name}`)
  for (const name of ['peers', 'topics', 'mesh', 'streamsOutbound'] as const)
    if (!(router[name] instanceof Map)) throw new TypeError(`this gossipsub has no map ${name}`)
  return router
}
