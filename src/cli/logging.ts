// Structured logs: one JSON object a line, on stderr, by pino. Whatever is thrown is logged under `error`.

import { pino } from 'pino'
import type { Logger } from '../base/log.ts'
import { silent } from '../base/log.ts'

export const createLog = (level: 'debug' | 'info' | 'warn' | 'error' | 'silent', name: string): Logger =>
  level === 'silent'
    ? silent
    : pino(
        {
          level,
          base: { name },
          timestamp: pino.stdTimeFunctions.isoTime,
          formatters: { level: (label) => ({ level: label }) },
          serializers: { error: pino.stdSerializers.err },
        },
        // Synchronous, so that the last lines before an exit are there.
        pino.destination({ dest: 2, sync: true }),
      )
