// How a stream is read, written down once more from docs/protocol.md ("Streams"), over all of its bytes at once and without
// any state: the slow twin of what reads them piece by piece as they come.

/** A length: LEB128 of at most four bytes, in its shortest form. */
const plainLength = (
  bytes: Uint8Array,
  at: number,
): { readonly value: number; readonly next: number } | 'short' | 'bad' => {
  let value = 0
  for (let i = 0; i < 4; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) return 'short'
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return i > 0 && byte === 0 ? 'bad' : { value, next: at + i + 1 }
  }
  return 'bad'
}

/** How the other side ends: it has said all, or the stream is reset after that. */
export type Ending = 'closed' | 'reset'

const REFUSALS = ['invalid-request', 'unavailable', 'rate-limited', 'pruned', 'server-error']

/** What becomes of a request: `answered`, `refused`, or `reset` where nothing can be said of it. */
export const plainRequest = (
  bytes: Uint8Array,
  ending: Ending,
  maxBytes: number,
  isRequest: (data: Uint8Array) => boolean,
): string => {
  const length = plainLength(bytes, 0)
  if (length === 'bad') return 'refused'
  // An end inside the length is no length; a stream that is lost there is lost.
  if (length === 'short') return ending === 'reset' ? 'reset' : 'refused'
  if (length.value > maxBytes) return 'refused'
  if (bytes.length - length.next < length.value) return 'reset'
  return isRequest(bytes.subarray(length.next, length.next + length.value)) ? 'answered' : 'refused'
}

export interface AnswerBounds {
  readonly maxItems: number
  readonly itemBytes: number
}

/** What becomes of an answer: `items:n`, a refusal's name, `malformed`, `oversize` or `reset`. */
export const plainAnswer = (
  bytes: Uint8Array,
  ending: Ending,
  { maxItems, itemBytes }: AnswerBounds,
  isItem: (data: Uint8Array) => boolean,
): string => {
  let left = maxItems * itemBytes
  let items = 0
  for (let at = 0; ; items++) {
    const code = bytes[at]
    // At the very end of it all, only an end that was told is one.
    if (code === undefined) return ending === 'reset' ? 'reset' : `items:${items}`
    if (code !== 0) return REFUSALS[code - 1] ?? 'malformed'
    if (items === maxItems) return 'oversize'
    const length = plainLength(bytes, at + 1)
    if (length === 'bad') return 'malformed'
    if (length === 'short') return ending === 'reset' ? 'reset' : 'malformed'
    if (length.value > Math.min(itemBytes, left)) return 'oversize'
    if (bytes.length - length.next < length.value) return 'reset'
    if (!isItem(bytes.subarray(length.next, length.next + length.value))) return 'malformed'
    left -= length.value
    at = length.next + length.value
  }
}
