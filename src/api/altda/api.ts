// The OP Stack's alt-DA server over a node, with its index of hashes: what `--altda` switches on.

import { maxBlobBytes } from '../../node/mempool.ts'
import { type Api, createApi } from '../server.ts'
import { createMapping } from '../stacks/mapping.ts'
import { anonymousAt, type StackComponents, type StackInit } from '../stacks/stack.ts'
import { createKeccakIndex } from './keccak-index.ts'
import { altDaRoutes } from './routes.ts'

export interface AltDaApiInit extends StackInit {
  /** 29 bytes: what is put here is published under it, and its blobs are indexed. */
  readonly namespace: Uint8Array
  /** Folder of the index. */
  readonly indexLocation: string
}

/** op-batcher and op-node give up after 30 s by default: they are answered before. */
const TIMES = { publishMs: 25_000, readMs: 25_000 }

export const createAltDaApi = (
  init: AltDaApiInit,
  { node, log, readiness, tokens }: StackComponents,
): Api => {
  const { host, port, namespace, indexLocation, chain } = init
  const mapping = createMapping(TIMES, { node })
  const index = createKeccakIndex({ location: indexLocation, namespace }, { node, mapping, log })
  const api = createApi(
    { host, port, anonymous: anonymousAt(init), maxBodyBytes: maxBlobBytes(chain.maxRows) },
    { log, readiness, tokens, routes: [altDaRoutes({ namespace }, { mapping, index, node })] },
  )
  return {
    async start() {
      await index.start()
      return api.start()
    },
    async stop() {
      await api.stop()
      await index.stop()
    },
  }
}
