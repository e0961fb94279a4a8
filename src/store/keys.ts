// The layout of the database: every key that is ever written is made here. Heights and times are big-endian, so that
// a range of them is a range of keys; what belongs to one block lies together and is deleted as one range.
//
//   part            key after its letter                        value (inside the envelope of envelope.ts)
//   M meta          name                                        u32 or u64, bytes
//   R locator       root 32                                     height u64
//   H header        height 8 | root 32                          SignedHeader
//   K commitments   height 8 | root 32                          list of commitments
//   P proposal      height 8 | root 32                          entries and sheet
//   C column        height 8 | root 32 | index 1                cells and branch
//   D held column   height 8 | root 32 | index 1                nothing: lists columns without reading them
//   X certificate   height 8 | kind 1                           Certificate
//   F final         height 8                                    root, time of arrival, root of the parent
//   A arrival       time 8 | height 8                           nothing: finals in order of arrival, for pruning
//   E entries       height 8                                    list of entries of the final block
//   B blob          blobId 32 | height 8                        place in E
//   N namespace     namespace 29 | height 8                     first place in E and how many
//   V versioned     versioned hash 32 | height 8                row, and the place in E of the aligned blob that it is of
//   S signing       height 8                                    SigningRecord
//   J journal       height 8 | root 32                          SampleRecord
//   T tile          height 8 | root 32 | band 1 | column 1      Tile
//   W waiting       blobId 32                                   order of arrival, namespace, flags, length of the data
//   U piece         blobId 32 | index 4                         up to 1 MiB of a waiting blob's data
//   O order         blobId 32                                   blobId of the predecessor of a waiting blob
//   I ticket        blobId 32                                   Ticket
//   G ended ticket  time 8 | blobId 32                          nothing: ended tickets in order of their end
//   L last          namespace 29                                blobId of the last of a namespace's sequence
//   Y evidence      height 8                                    two SignedHeaders
//   Q marker        number of a write 8                         number of the oldest marker kept

import { concat, u32be, u64be, utf8 } from '../base/bytes.ts'

export const parts = {
  meta: 'M',
  locator: 'R',
  header: 'H',
  commitments: 'K',
  proposal: 'P',
  column: 'C',
  held: 'D',
  certificate: 'X',
  final: 'F',
  arrival: 'A',
  entries: 'E',
  blob: 'B',
  namespace: 'N',
  versioned: 'V',
  signing: 'S',
  journal: 'J',
  tile: 'T',
  waiting: 'W',
  piece: 'U',
  marker: 'Q',
  order: 'O',
  ticket: 'I',
  ended: 'G',
  last: 'L',
  evidence: 'Y',
} as const

export type Part = keyof typeof parts

/** Keys from `gte` up to, and without, `lt`. */
export interface KeyRange {
  readonly gte: Uint8Array
  readonly lt: Uint8Array
}

const key = (part: Part, ...rest: readonly Uint8Array[]): Uint8Array => concat(utf8(parts[part]), ...rest)

export const metaKey = (name: string): Uint8Array => key('meta', utf8(name))
export const locatorKey = (root: Uint8Array): Uint8Array => key('locator', root)
export const blockKey = (
  part: 'header' | 'commitments' | 'proposal' | 'journal',
  height: number,
  root: Uint8Array,
): Uint8Array => key(part, u64be(height), root)
export const columnKey = (part: 'column' | 'held', height: number, root: Uint8Array, index: number) =>
  key(part, u64be(height), root, Uint8Array.of(index))
export const certificateKey = (height: number, kind: number): Uint8Array =>
  key('certificate', u64be(height), Uint8Array.of(kind))
export const heightKey = (part: 'final' | 'entries' | 'signing' | 'evidence', height: number): Uint8Array =>
  key(part, u64be(height))
export const arrivalKey = (arrivedMs: number, height: number): Uint8Array =>
  key('arrival', u64be(arrivedMs), u64be(height))
export const blobKey = (blobId: Uint8Array, height: number): Uint8Array => key('blob', blobId, u64be(height))
export const namespaceKey = (namespace: Uint8Array, height: number): Uint8Array =>
  key('namespace', namespace, u64be(height))
export const versionedKey = (versionedHash: Uint8Array, height: number): Uint8Array =>
  key('versioned', versionedHash, u64be(height))
export const tileKey = (height: number, root: Uint8Array, band: number, column: number): Uint8Array =>
  key('tile', u64be(height), root, Uint8Array.of(band, column))
export const submissionKey = (blobId: Uint8Array): Uint8Array => key('waiting', blobId)
export const pieceKey = (blobId: Uint8Array, index: number): Uint8Array => key('piece', blobId, u32be(index))
export const orderKey = (blobId: Uint8Array): Uint8Array => key('order', blobId)
export const ticketKey = (blobId: Uint8Array): Uint8Array => key('ticket', blobId)
export const endedKey = (endedMs: number, blobId: Uint8Array): Uint8Array =>
  key('ended', u64be(endedMs), blobId)
export const lastKey = (namespace: Uint8Array): Uint8Array => key('last', namespace)

type HeightPart =
  | 'header'
  | 'commitments'
  | 'proposal'
  | 'column'
  | 'held'
  | 'certificate'
  | 'final'
  | 'entries'
  | 'signing'
  | 'evidence'
  | 'journal'
  | 'tile'

/**
 * All keys of a part at heights `from` up to, and without, `to` (no bound where left out). Heights come from remote
 * requests, too: what lies beyond the integers that we count with is an empty range, no error.
 */
export const heightRange = (part: HeightPart, from: number, to = Number.MAX_SAFE_INTEGER): KeyRange => ({
  gte: key(part, u64be(Math.min(from, Number.MAX_SAFE_INTEGER))),
  lt: key(part, u64be(Math.min(Math.max(from, to), Number.MAX_SAFE_INTEGER))),
})

/** All keys of a part that belong to one block. */
export const blockRange = (
  part: 'header' | 'commitments' | 'proposal' | 'column' | 'held' | 'journal' | 'tile',
  height: number,
  root: Uint8Array,
): KeyRange => prefixRange(key(part, u64be(height), root))

export const blobRange = (blobId: Uint8Array): KeyRange => prefixRange(key('blob', blobId))

export const versionedRange = (versionedHash: Uint8Array): KeyRange =>
  prefixRange(key('versioned', versionedHash))

export const submissionRange: KeyRange = { gte: key('waiting'), lt: utf8('X') }
export const pieceRange: KeyRange = { gte: key('piece'), lt: utf8('V') }
export const endedRange: KeyRange = { gte: key('ended'), lt: utf8('H') }

export const markerKey = (number: number): Uint8Array => key('marker', u64be(number))
/** Markers of writes before this one. */
export const markersBefore = (number: number): KeyRange => ({ gte: key('marker'), lt: markerKey(number) })
export const markerRange: KeyRange = { gte: key('marker'), lt: utf8('R') }

/** Arrivals before a time. */
export const arrivalRange = (beforeMs: number): KeyRange => ({
  gte: key('arrival', u64be(0)),
  lt: key('arrival', u64be(Math.max(0, Math.floor(beforeMs)))),
})

export const everything: KeyRange = { gte: Uint8Array.of(0), lt: Uint8Array.of(255) }

/** Reads the u64 at `offset` of a key. */
export const u64At = (bytes: Uint8Array, offset: number): number => {
  let value = 0
  for (let i = 0; i < 8; i++) value = value * 256 + bytes[offset + i]!
  return value
}

/** Height of a key whose height follows its letter. */
export const heightOf = (bytes: Uint8Array): number => u64At(bytes, 1)

/** Id of a blob that follows the letter of a key. */
export const blobIdOf = (bytes: Uint8Array): Uint8Array => bytes.slice(1, 33)

/** Root of a key with letter, height and root. */
export const rootOf = (bytes: Uint8Array): Uint8Array => bytes.slice(9, 41)

/** Place of a tile's key. */
export const placeOf = (bytes: Uint8Array): { readonly band: number; readonly column: number } => ({
  band: bytes[41]!,
  column: bytes[42]!,
})

const prefixRange = (prefix: Uint8Array): KeyRange => {
  const end = prefix.slice()
  for (let i = end.length - 1; i >= 0; i--) {
    if (end[i] === 0xff) {
      end[i] = 0
    } else {
      end[i]! += 1
      return { gte: prefix, lt: end }
    }
  }
  // Never: a key begins with a letter.
  throw new RangeError('expected a prefix with an end')
}
