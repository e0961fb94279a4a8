// The API of a full node and that of a light node: which routes each has, and how much a request may carry.

import type { Logger } from '../base/log.ts'
import { BYTES_PER_BLOB } from '../kernel/parameters.ts'
import type { FullNode, LightNode } from '../node/types.ts'
import { eventRoutes } from './event-routes.ts'
import { metricsRoutes } from './metrics-routes.ts'
import type { PrometheusMetrics } from './prometheus.ts'
import { publishRoutes } from './publish-routes.ts'
import { readRoutes } from './read-routes.ts'
import { receiptRoutes } from './receipt-routes.ts'
import { type ApiInit, createApi, type DocumentedApi, type Readiness, type Routes } from './server.ts'
import { statusRoutes, verdictRoutes } from './status-routes.ts'
import { subscribeRoutes } from './subscribe-routes.ts'
import type { TokenRecord } from './tokens.ts'

export interface NodeApiInit extends Omit<ApiInit, 'maxBodyBytes'> {
  /** The chain's `maxRows`: bounds what a request may carry. */
  readonly maxRows: number
}

interface NodeApiComponents<Node> {
  readonly node: Node
  readonly log: Logger
  readonly readiness: () => Readiness | Promise<Readiness>
  /** Served at /metrics where given. */
  readonly metrics?: Pick<PrometheusMetrics, 'text' | 'contentType'> | undefined
  readonly tokens?: (() => readonly TokenRecord[]) | undefined
  /** Interfaces of others, beside ours. */
  readonly more?: readonly Routes[] | undefined
}

/** Room for the JSON around a blob in base64. */
const JSON_MARGIN_BYTES = 1_024
/** A light node takes no bodies. */
const NO_BODY_BYTES = 1_024

export const createFullApi = (
  { maxRows, ...init }: NodeApiInit,
  { node, log, readiness, metrics, tokens, more = [] }: NodeApiComponents<Omit<FullNode, 'start' | 'stop'>>,
): DocumentedApi => {
  const maxBodyBytes = Math.ceil((maxRows * BYTES_PER_BLOB * 4) / 3) + JSON_MARGIN_BYTES
  return createApi(
    { ...init, maxBodyBytes },
    {
      log,
      readiness,
      tokens,
      routes: [
        publishRoutes(node, { maxBodyBytes }),
        readRoutes(node),
        receiptRoutes(node),
        subscribeRoutes(node),
        statusRoutes(node),
        eventRoutes(node),
        ...optional(metrics),
        ...more,
      ],
    },
  )
}

export const createLightApi = (
  init: Omit<NodeApiInit, 'maxRows'>,
  { node, log, readiness, metrics, tokens }: NodeApiComponents<Omit<LightNode, 'start' | 'stop'>>,
): DocumentedApi =>
  createApi(
    { ...init, maxBodyBytes: NO_BODY_BYTES },
    {
      log,
      readiness,
      tokens,
      routes: [statusRoutes(node), verdictRoutes(node), eventRoutes(node), ...optional(metrics)],
    },
  )

const optional = (metrics: NodeApiComponents<never>['metrics']) =>
  metrics === undefined ? [] : [metricsRoutes(metrics)]
