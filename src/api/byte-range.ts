// Which part of a blob a request wants: by the header Range (RFC 9110, one range of bytes), or by offset and length.

import type { ByteRange } from '../node/types.ts'
import { apiError } from './errors.ts'
import { parseInteger } from './parse.ts'

interface Asked {
  readonly range?: string | undefined
  readonly offset?: string | undefined
  readonly length?: string | undefined
}

/** `last` bytes from the end, a part from an offset on, or undefined: the whole. A Range of another form is ignored. */
export const parseRange = ({
  range,
  offset,
  length,
}: Asked): ByteRange | { readonly last: number } | undefined => {
  if (offset !== undefined || length !== undefined) {
    return withLength(
      parseInteger(offset ?? '0', 'offset', 0, Number.MAX_SAFE_INTEGER),
      length === undefined ? undefined : parseInteger(length, 'length', 1, Number.MAX_SAFE_INTEGER),
    )
  }
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  if (first === '' && Number(last) === 0)
    throw apiError('bad-range', `expected a range of at least one byte, got ${range}`)
  if (first === '') return { last: Number(last) }
  if (last === '') return withLength(Number(first), undefined)
  if (Number(last) < Number(first)) throw apiError('bad-range', `expected a range that ascends, got ${range}`)
  return withLength(Number(first), Number(last) - Number(first) + 1)
}

const withLength = (offset: number, length: number | undefined): ByteRange =>
  length === undefined ? { offset } : { offset, length }
