// A node on command: the API's tests need one that refuses, hangs or lies when told to, which a real one does not.

import type { FullNode, LightNode, NodeEvent, NodeStatus } from '../../src/node/types.ts'

export const status: NodeStatus = {
  role: 'full',
  chainId: 'ab'.repeat(32),
  peerId: '12D3KooWtest',
  addresses: ['/ip4/127.0.0.1/tcp/1'],
  peers: 3,
  headHeight: 9,
  final: { height: 8, root: 'cd'.repeat(32), timestampMs: 1_700_000_000_000 },
  stale: false,
  earliestHeight: 1,
  custody: [1, 2, 3],
  pendingBlobs: 0,
  pendingBytes: 0,
}

export const createHub = () => {
  const listeners = new Set<(event: NodeEvent) => void>()
  return {
    listeners,
    emit: (event: NodeEvent) => {
      for (const listener of listeners) listener(event)
    },
    events: {
      subscribe: (listener: (event: NodeEvent) => void) => {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
    },
  }
}

type FullSurface = Omit<FullNode, 'start' | 'stop'>

/** A full node whose functions the test gives; the others must not be called. */
export const fullNode = (given: Partial<FullSurface>): FullSurface => ({
  events: createHub().events,
  failed: new AbortController().signal,
  status: async () => status,
  submit: unexpected,
  ticket: unexpected,
  blobState: unexpected,
  waitFor: unexpected,
  states: unexpectedly,
  locate: unexpected,
  rowsAt: unexpected,
  receipt: unexpected,
  isCurrent: unexpected,
  newestHeader: unexpected,
  headerAt: unexpected,
  block: unexpected,
  finality: unexpected,
  heightOf: unexpected,
  subscribe: unexpectedly,
  read: unexpected,
  list: unexpected,
  ...given,
})

export const lightNode = (given: Partial<LightNode>): Omit<LightNode, 'start' | 'stop'> => ({
  events: createHub().events,
  failed: new AbortController().signal,
  status: async () => ({ ...status, role: 'light' }),
  verdict: unexpected,
  restore: unexpected,
  ...given,
})

const unexpectedly = (): never => {
  throw new Error('the test did not expect this call')
}

const unexpected = async (): Promise<never> => {
  throw new Error('the test did not expect this call')
}
