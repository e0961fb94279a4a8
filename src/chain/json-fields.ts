// Reading the fields of parsed JSON that came from anywhere, each with the place where something else came than was
// expected. Numbers are bounded by their SSZ type: its hash would take what is beyond for another number.

import { fromHex } from '../base/bytes.ts'
import { WeftError } from '../base/error.ts'

export const malformed = (path: string, expected: string, got: unknown) =>
  new WeftError('malformed', `${path}: expected ${expected}, got ${JSON.stringify(got)?.slice(0, 80)}`, {
    path,
  })

/** An object of any fields. Throws `malformed`, as all below. */
export const recordAt = (path: string, json: unknown): Readonly<Record<string, unknown>> => {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw malformed(path, 'an object', json)
  return json as Readonly<Record<string, unknown>>
}

/** An object of exactly these fields. */
export const objectAt = (
  path: string,
  json: unknown,
  fields: readonly string[],
): Readonly<Record<string, unknown>> => {
  const object = recordAt(path, json)
  const names = Object.keys(object)
  const isWhole = names.length === fields.length && fields.every((field) => names.includes(field))
  if (!isWhole) throw malformed(path, `the fields ${fields.join(', ')}`, names)
  return object
}

export const numberAt = (path: string, value: unknown, most: number = Number.MAX_SAFE_INTEGER): number => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > most)
    throw malformed(path, most === Number.MAX_SAFE_INTEGER ? 'a whole number' : `at most ${most}`, value)
  return value
}

export const bytesAt = (path: string, value: unknown, length: number): Uint8Array => {
  const bytes = typeof value === 'string' ? fromHex(value, length) : undefined
  if (bytes === undefined) throw malformed(path, `${2 * length} hex digits`, value)
  return bytes
}

export const listAt = (path: string, value: unknown, most: number): readonly unknown[] => {
  if (!Array.isArray(value) || value.length > most) throw malformed(path, `a list of at most ${most}`, value)
  return value
}
