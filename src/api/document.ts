// The OpenAPI document of a full node's API, generated from the schemas of its routes: what /openapi.json serves and
// what docs/openapi.json is.

import { silent } from '../base/log.ts'
import type { FullNode } from '../node/types.ts'
import { createFullApi } from './node-api.ts'
import { createPrometheusMetrics } from './prometheus.ts'

/** As text, one way of writing it. No request is ever made: a node is not needed. */
export const openApiText = async (): Promise<string> => {
  const api = createFullApi(
    { host: '127.0.0.1', port: 0, maxRows: 1 },
    {
      node: {} as Omit<FullNode, 'start' | 'stop'>,
      log: silent,
      readiness: () => ({ ready: true }),
      metrics: createPrometheusMetrics(),
    },
  )
  const document = await api.openApi()
  await api.stop()
  return `${JSON.stringify(document, undefined, 1)}\n`
}
