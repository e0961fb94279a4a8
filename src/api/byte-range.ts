// Which part of a blob a request wants: by the header Range (RFC 9110, one range of bytes), or by offset and length.

import type { ByteRange } from '../node/types.ts'
import { apiError } from './errors.ts'
import { parseInteger } from './parse.ts'

interface Asked {
  readonly range?: string | undefined
  readonly offset?: string | undefined
  readonly length?: string | undefined
}

/**
 * Undefined: the whole. What offset and length say has to be in the blob; a Range takes what there is of it, as RFC 9110
 * (14.1.2) wants. A Range of another form is ignored.
 */
export const parseRange = ({ range, offset, length }: Asked): ByteRange | undefined => {
  if (offset !== undefined || length !== undefined) {
    return {
      offset: parseInteger(offset ?? '0', 'offset', 0, Number.MAX_SAFE_INTEGER),
      ...(length !== undefined && { length: parseInteger(length, 'length', 1, Number.MAX_SAFE_INTEGER) }),
    }
  }
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  if (first === '') return { last: Number(last) }
  if (last === '') return { offset: Number(first) }
  if (Number(last) < Number(first)) throw apiError('bad-range', `expected a range that ascends, got ${range}`)
  return { offset: Number(first), atMost: Number(last) - Number(first) + 1 }
}
