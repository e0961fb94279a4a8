// Ethereum's beacon endpoints for blobs over a node: what `--beacon` switches on.

import { type Api, createApi } from '../server.ts'
import { anonymousAt, type StackComponents, type StackInit } from '../stacks/stack.ts'
import { beaconRoutes } from './routes.ts'

export interface BeaconApiInit extends StackInit {
  /** Of this program. */
  readonly version: string
}

/** It takes no bodies. */
const NO_BODY_BYTES = 1_024

export const createBeaconApi = (
  init: BeaconApiInit,
  { node, log, readiness, tokens }: StackComponents,
): Api =>
  createApi(
    { host: init.host, port: init.port, anonymous: anonymousAt(init), maxBodyBytes: NO_BODY_BYTES },
    { log, readiness, tokens, routes: [beaconRoutes({ ...init.chain, version: init.version }, { node })] },
  )
