// Nitro's external DA provider over a node: what `--nitro` switches on.

import { maxBlobBytes } from '../../node/mempool.ts'
import { createDispatcher } from '../json-rpc/dispatch.ts'
import { rpcRoutes } from '../json-rpc/http.ts'
import type { Method } from '../json-rpc/method.ts'
import { withDiscovery } from '../json-rpc/openrpc.ts'
import { type Api, createApi } from '../server.ts'
import { createMapping } from '../stacks/mapping.ts'
import { anonymousAt, type StackComponents, type StackInit } from '../stacks/stack.ts'
import { createChunkedStore } from './chunked-store.ts'
import { createJwtGuard } from './jwt.ts'
import { type NitroComponents, nitroMethods, type StoreResult } from './methods.ts'

export interface NitroApiInit extends StackInit {
  /** 29 bytes: batches are published under it. */
  readonly namespace: Uint8Array
  /** 32 bytes: only callers with a JWT of this secret are let in. */
  readonly jwtSecret?: Uint8Array
}

export const nitroInfo = {
  title: 'Weft as an external DA provider of Arbitrum Nitro',
  description: 'JSON-RPC 2.0 by POST. Bytes are hex with 0x unless said; see docs/rollups.md.',
}

/** Nitro's client waits as long as its operator allows; a poster that hears of trouble soon uses its next writer. */
const TIMES = { publishMs: 60_000, readMs: 30_000 }
const MAX_CALLS = 32
const MAX_REQUESTS = 16
/** Messages in chunks: the reference server takes ten. */
const MAX_MESSAGES = 10
const EXPIRY_MS = 60_000
/** Around the hex of a batch. */
const MARGIN_BYTES = 4_096

export const createNitroApi = (
  init: NitroApiInit,
  { node, log, readiness, tokens }: StackComponents,
): Api => {
  const { host, port, namespace, jwtSecret, chain } = init
  // A JWT says who asks, wherever from.
  const anonymous = jwtSecret === undefined ? anonymousAt(init) : 'write'
  const maxMessageBytes = maxBlobBytes(chain.maxRows)
  const maxBodyBytes = 2 * maxMessageBytes + MARGIN_BYTES
  const chunks = createChunkedStore<StoreResult>({
    maxMessageBytes,
    maxBytes: 4 * maxMessageBytes,
    maxMessages: MAX_MESSAGES,
    expiryMs: EXPIRY_MS,
  })
  const mapping = createMapping(TIMES, { node })
  const methods = (stopping: AbortSignal): readonly Method[] =>
    nitroMethods({ namespace, maxMessageBytes }, { mapping, chunks, stopping } satisfies NitroComponents)
  const api = createApi(
    { host, port, anonymous, maxBodyBytes },
    {
      log,
      readiness,
      tokens,
      routes: [
        (root, stopping) => {
          root.register(async (app) => {
            const { methods: all, document } = withDiscovery(nitroInfo, methods(stopping))
            rpcRoutes(
              app,
              { maxMessageBytes: maxBodyBytes, maxRequests: MAX_REQUESTS },
              {
                dispatcher: createDispatcher({ maxCalls: MAX_CALLS }, { methods: all, log }),
                document,
                guard: jwtSecret === undefined ? undefined : createJwtGuard(jwtSecret),
                stopping,
              },
            )
          })
        },
      ],
    },
  )
  return {
    start: () => api.start(),
    async stop() {
      await api.stop()
      chunks.stop()
    },
  }
}
