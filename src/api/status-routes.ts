// What every node answers: GET /v1/status; and what a light node says of a block: GET /v1/blocks/:root/verdict.

import type { FastifyInstance } from 'fastify'
import { toHex } from '../base/bytes.ts'
import type { LightNode, NodeStatus } from '../node/types.ts'
import type { VerdictJson } from './json.ts'
import { parseRoot } from './parse.ts'

export const statusRoutes =
  (node: { status(): Promise<NodeStatus> }) =>
  (app: FastifyInstance): void => {
    app.get('/v1/status', () => node.status())
  }

export const verdictRoutes =
  (node: Pick<LightNode, 'verdict'>) =>
  (app: FastifyInstance): void => {
    app.get<{ Params: { root: string } }>(
      '/v1/blocks/:root/verdict',
      async ({ params }): Promise<VerdictJson> => {
        const root = parseRoot(params.root, "a block's root")
        return { root: toHex(root), verdict: (await node.verdict(root)) ?? 'undecided' }
      },
    )
  }
