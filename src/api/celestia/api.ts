// Celestia's `blob.*` and `header.*` over a node, by HTTP and WebSocket: what `--celestia` switches on.

import { maxBlobBytes } from '../../node/mempool.ts'
import { createDispatcher } from '../json-rpc/dispatch.ts'
import { rpcRoutes } from '../json-rpc/http.ts'
import { withDiscovery } from '../json-rpc/openrpc.ts'
import { rpcSocket } from '../json-rpc/websocket.ts'
import { type Api, createApi } from '../server.ts'
import { createMapping } from '../stacks/mapping.ts'
import type { StackComponents, StackInit } from '../stacks/stack.ts'
import { blobMethods } from './blob-methods.ts'
import { createCelestiaBlocks } from './blocks.ts'
import { headerMethods } from './header-methods.ts'

export const celestiaInfo = {
  title: "Celestia's node API over Weft",
  description:
    'blob.* and header.* by JSON-RPC 2.0, by POST and by WebSocket (subscriptions as go-jsonrpc frames them); see docs/rollups.md.',
}

const TIMES = { publishMs: 60_000, readMs: 30_000 }
const MAX_CALLS = 64
const MAX_REQUESTS = 32
const MAX_CONNECTIONS = 64
/** Around the base64 of a list of blobs. */
const MARGIN_BYTES = 64 * 1_024

export const createCelestiaApi = (
  { host, port, chain, anonymous }: StackInit,
  { node, log, readiness, tokens }: StackComponents,
): Api => {
  const mapping = createMapping(TIMES, { node })
  const blocks = createCelestiaBlocks({ node, mapping })
  const maxMessageBytes = Math.ceil((maxBlobBytes(chain.maxRows) * 4) / 3) + MARGIN_BYTES
  return createApi(
    { host, port, anonymous, maxBodyBytes: maxMessageBytes },
    {
      log,
      readiness,
      tokens,
      routes: [
        (root, stopping) => {
          root.register(async (app) => {
            const { methods, document } = withDiscovery(celestiaInfo, [
              ...blobMethods({ node, mapping, blocks }),
              ...headerMethods(chain, { node, blocks }),
            ])
            const dispatcher = createDispatcher({ maxCalls: MAX_CALLS }, { methods, log })
            await rpcSocket(
              app,
              { maxMessageBytes, maxConnections: MAX_CONNECTIONS },
              { dispatcher, log, stopping },
            )
            rpcRoutes(app, { maxMessageBytes, maxRequests: MAX_REQUESTS }, { dispatcher, document, stopping })
          })
        },
      ],
    },
  )
}
