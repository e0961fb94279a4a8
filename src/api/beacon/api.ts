// Ethereum's beacon endpoints for blobs over a node: what `--beacon` switches on.

import { type Api, createApi } from '../server.ts'
import type { StackComponents, StackInit } from '../stacks/stack.ts'
import { beaconRoutes } from './routes.ts'

export interface BeaconApiInit extends StackInit {
  /** Of this program. */
  readonly version: string
}

/** It takes no bodies. */
const NO_BODY_BYTES = 1_024

export const createBeaconApi = (
  { host, port, chain, version, anonymous }: BeaconApiInit,
  { node, log, readiness, guard }: StackComponents,
): Api =>
  createApi(
    { host, port, anonymous, maxBodyBytes: NO_BODY_BYTES },
    { log, readiness, routes: [beaconRoutes({ ...chain, version }, { node, guard })] },
  )
