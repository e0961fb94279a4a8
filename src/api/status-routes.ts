// What every node answers: GET /v1/status; and what a light node says of a block: GET /v1/blocks/:root/verdict.

import type { FastifyInstance } from 'fastify'
import { toHex } from '../base/bytes.ts'
import type { LightNode, NodeStatus } from '../node/types.ts'
import { parseRoot } from './parse.ts'
import { RootParams, refusals, type VerdictJson, VerdictSchema } from './schemas.ts'
import { StatusSchema } from './status-schema.ts'

export const statusRoutes =
  (node: { status(): Promise<NodeStatus> }) =>
  (app: FastifyInstance): void => {
    app.get(
      '/v1/status',
      {
        schema: {
          operationId: 'status',
          summary: 'the state of the node',
          response: { 200: StatusSchema, ...refusals },
        },
      },
      () => node.status(),
    )
  }

export const verdictRoutes =
  (node: Pick<LightNode, 'verdict'>) =>
  (app: FastifyInstance): void => {
    app.get<{ Params: { root: string } }>(
      '/v1/blocks/:root/verdict',
      {
        schema: {
          operationId: 'verdict',
          summary: 'what a light node concluded of a block',
          params: RootParams,
          response: { 200: VerdictSchema, ...refusals },
        },
      },
      async ({ params }): Promise<VerdictJson> => {
        const root = parseRoot(params.root, "a block's root")
        return { root: toHex(root), verdict: (await node.verdict(root)) ?? 'undecided' }
      },
    )
  }
