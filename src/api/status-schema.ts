// The state of a node as JSON: NodeStatus of src/node/types.ts, which is plain data already.

import { Type } from 'typebox'

const count = (description: string) => Type.Integer({ minimum: 0, description })

export const StatusSchema = Type.Object({
  role: Type.Union([Type.Literal('validator'), Type.Literal('full'), Type.Literal('light')]),
  chainId: Type.String({ description: '64 hex digits: the root of genesis' }),
  peerId: Type.String(),
  addresses: Type.Array(Type.String(), { description: 'multiaddrs' }),
  peers: count('connected now'),
  headHeight: count('height that the node works on; of a light node the highest header heard of'),
  final: Type.Optional(
    Type.Object({
      height: count('newest final block'),
      root: Type.String(),
      timestampMs: count('of its header'),
    }),
  ),
  stale: Type.Boolean({ description: 'the newest final header is older than the pace of the chain allows' }),
  earliestHeight: count('below it blocks were deleted'),
  custody: Type.Array(count('column'), { description: 'columns kept' }),
  pendingBlobs: count('blobs that wait for a block'),
  pendingBytes: count('their bytes'),
  sampled: Type.Optional(
    Type.Object({
      available: count('blocks'),
      unavailable: count('blocks'),
      pending: count('blocks'),
    }),
  ),
  validatorIndex: Type.Optional(count('in genesis')),
})
