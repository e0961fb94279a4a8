// Metrics over HTTP, for Prometheus to scrape.

import type { FastifyInstance } from 'fastify'
import type { PrometheusMetrics } from './prometheus.ts'
import { Bytes, refusals } from './schemas.ts'

export const metricsRoutes =
  (metrics: Pick<PrometheusMetrics, 'text' | 'contentType'>) =>
  (app: FastifyInstance): void => {
    const schema = {
      operationId: 'metrics',
      summary: 'metrics in the text form of Prometheus',
      response: { 200: { content: { 'text/plain': { schema: Bytes } } }, ...refusals },
    }
    app.get('/metrics', { schema }, async (_request, reply) => {
      const text = await metrics.text()
      return reply.type(metrics.contentType).send(text)
    })
  }
