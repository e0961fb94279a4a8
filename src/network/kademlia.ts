// Kademlia, only to find peers: its own protocol name per chain, and a store that keeps nothing, so that nobody can
// leave records or provider lists with us.

import {
  type KadDHTComponents,
  kadDHT,
  passthroughMapper,
  removePrivateAddressesMapper,
} from '@libp2p/kad-dht'
import { kademliaProtocol } from './names.ts'

export interface KademliaInit {
  /** 64 hex digits. */
  readonly chainId: string
  /** `client` asks only, `server` answers too. */
  readonly mode: 'client' | 'server'
  /** Whether private and loopback addresses are handed out: devnets only. */
  readonly privateAddresses: boolean
}

export const createKademlia = (init: KademliaInit) => (components: KadDHTComponents) => {
  const service = kadDHT({
    protocol: kademliaProtocol(init.chainId),
    clientMode: init.mode === 'client',
    peerInfoMapper: init.privateAddresses ? passthroughMapper : removePrivateAddressesMapper,
    maxInboundStreams: 8,
    maxOutboundStreams: 16,
    // The search for our neighbours waits for the first peer: without any it would find nobody, and begin again after minutes.
    allowQueryWithZeroPeers: false,
    validators: {},
    selectors: {},
  })
  return service(
    new Proxy(components, {
      get: (target, property) => (property === 'datastore' ? emptyDatastore : Reflect.get(target, property)),
    }),
  )
}

/** Takes everything, has nothing. */
const emptyDatastore = {
  has: async () => false,
  get: async () => {
    throw Object.assign(new Error('not found'), { name: 'NotFoundError' })
  },
  put: async (key: unknown) => key,
  delete: async () => {},
  async *putMany() {},
  async *getMany() {},
  async *deleteMany() {},
  async *query() {},
  async *queryKeys() {},
  batch: () => ({ put() {}, delete() {}, commit: async () => {} }),
} as unknown as KadDHTComponents['datastore']
