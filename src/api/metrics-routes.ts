// Metrics over HTTP, for Prometheus to scrape.

import type { FastifyInstance } from 'fastify'
import type { PrometheusMetrics } from './prometheus.ts'

export const metricsRoutes =
  (metrics: Pick<PrometheusMetrics, 'text' | 'contentType'>) =>
  (app: FastifyInstance): void => {
    app.get('/metrics', async (_request, reply) => {
      const text = await metrics.text()
      return reply.type(metrics.contentType).send(text)
    })
  }
