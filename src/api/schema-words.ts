// What a schema refused, as one sentence for people: what was expected, where, and not which rules of the schema failed.

import type { FastifySchemaValidationError } from 'fastify/types/schema.js'
import { apiError } from './errors.ts'

/** For fastify's option of this name. */
export const schemaErrorFormatter = (errors: FastifySchemaValidationError[], part: string): Error =>
  apiError('bad-request', sentenceOf(errors, part))

const partNames: Readonly<Record<string, string>> = {
  body: 'the body',
  querystring: 'the query',
  params: 'the path',
  headers: 'the headers',
}

const sentenceOf = (errors: readonly FastifySchemaValidationError[], part: string): string => {
  const [first] = errors
  const whole = partNames[part] ?? part
  if (first === undefined) return `expected ${whole} otherwise`
  const { instancePath, keyword, params, message } = first
  const where = instancePath === '' ? whole : `${instancePath.slice(1).replaceAll('/', '.')} in ${whole}`
  switch (keyword) {
    case 'additionalProperties':
      return `expected no ${JSON.stringify(params.additionalProperty)} in ${where}`
    case 'required':
      return `expected ${JSON.stringify(params.missingProperty)} in ${where}`
    case 'const': {
      // One error for each value that a choice has.
      const choice = errors.filter((one) => one.keyword === 'const' && one.instancePath === instancePath)
      return `expected ${where} to be ${choice.map((one) => String(one.params.allowedValue)).join(' or ')}`
    }
    default:
      return `expected ${where} otherwise: it ${message}`
  }
}
