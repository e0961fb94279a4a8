// The API of a full node and that of a light node: which routes each has, and how much a request may carry.

import type { Logger } from '../base/log.ts'
import { BYTES_PER_BLOB } from '../kernel/parameters.ts'
import type { FullNode, LightNode } from '../node/types.ts'
import { blobRoutes } from './blob-routes.ts'
import { eventRoutes } from './event-routes.ts'
import { metricsRoutes } from './metrics-routes.ts'
import type { PrometheusMetrics } from './prometheus.ts'
import { type Api, type ApiInit, createApi, type Readiness } from './server.ts'
import { statusRoutes, verdictRoutes } from './status-routes.ts'

export interface NodeApiInit extends Pick<ApiInit, 'host' | 'port'> {
  /** The chain's `maxRows`: bounds what a request may carry. */
  readonly maxRows: number
}

interface NodeApiComponents<Node> {
  readonly node: Node
  readonly log: Logger
  readonly readiness: () => Readiness | Promise<Readiness>
  /** Served at /metrics where given. */
  readonly metrics?: Pick<PrometheusMetrics, 'text' | 'contentType'> | undefined
}

/** Room for the JSON around a blob in base64. */
const JSON_MARGIN_BYTES = 1_024
/** A light node takes no bodies. */
const NO_BODY_BYTES = 1_024

export const createFullApi = (
  { host, port, maxRows }: NodeApiInit,
  { node, log, readiness, metrics }: NodeApiComponents<Omit<FullNode, 'start' | 'stop'>>,
): Api =>
  createApi(
    { host, port, maxBodyBytes: Math.ceil((maxRows * BYTES_PER_BLOB * 4) / 3) + JSON_MARGIN_BYTES },
    {
      log,
      readiness,
      routes: [statusRoutes(node), blobRoutes(node), eventRoutes(node), ...optional(metrics)],
    },
  )

export const createLightApi = (
  { host, port }: Omit<NodeApiInit, 'maxRows'>,
  { node, log, readiness, metrics }: NodeApiComponents<Omit<LightNode, 'start' | 'stop'>>,
): Api =>
  createApi(
    { host, port, maxBodyBytes: NO_BODY_BYTES },
    {
      log,
      readiness,
      routes: [statusRoutes(node), verdictRoutes(node), eventRoutes(node), ...optional(metrics)],
    },
  )

const optional = (metrics: NodeApiComponents<never>['metrics']) =>
  metrics === undefined ? [] : [metricsRoutes(metrics)]
