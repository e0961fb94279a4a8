// Every shape of the HTTP API, once: requests are validated by these, OpenAPI is generated from these, and the types of
// server and client are these. Byte strings are lower-case hex without a prefix, except blob data, which is base64;
// heights, lengths and times (milliseconds) are numbers.

import { type Static, Type } from 'typebox'

const hex = (bytes: number, description: string) =>
  Type.String({ pattern: `^[0-9a-f]{${2 * bytes}}$`, description })
const count = (description: string) => Type.Integer({ minimum: 0, description })

/** In requests hex may have capitals and a prefix. */
const givenHex = (bytes: number, description: string) =>
  Type.String({ pattern: `^(0x)?[0-9a-fA-F]{${2 * bytes}}$`, description })
/** Queries are text: numbers are not coerced. */
const digits = (description: string) => Type.String({ pattern: '^[0-9]{1,15}$', description })

export const ErrorSchema = Type.Object(
  {
    code: Type.String({ description: 'for programs; the closed list is in docs/api.md' }),
    message: Type.String({ description: 'for people: what was expected and what came' }),
  },
  { $id: 'Error', description: 'every answer that is not a success' },
)
export type ErrorJson = Static<typeof ErrorSchema>

export const TicketSchema = Type.Object(
  {
    blobId: hex(
      32,
      'SHA-256("weft.blob.v1" || namespace || flags || length || bytes): computable before publishing',
    ),
    state: Type.Union(
      ['unknown', 'accepted', 'included', 'certified', 'failed'].map((state) => Type.Literal(state)) as [
        ReturnType<typeof Type.Literal<'unknown'>>,
        ReturnType<typeof Type.Literal<'accepted'>>,
        ReturnType<typeof Type.Literal<'included'>>,
        ReturnType<typeof Type.Literal<'certified'>>,
        ReturnType<typeof Type.Literal<'failed'>>,
      ],
    ),
    height: Type.Optional(count('of the block that holds it, once it is included')),
    root: Type.Optional(hex(32, 'of that block')),
    code: Type.Optional(
      Type.String({
        description: 'why it failed: not-encodable, refused, predecessor-failed, expired, lost',
      }),
    ),
    after: Type.Optional(hex(32, 'blobId of the blob that it comes after')),
  },
  { description: 'where a publication stands' },
)
export type TicketJson = Static<typeof TicketSchema>

export const BlobSchema = Type.Object(
  {
    namespace: givenHex(29, '29 bytes: version 0, 18 zero bytes, 10 of your own. A label, no owner'),
    data: Type.String({ description: 'base64 of at least one byte' }),
    flags: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 255, description: '0 plain, 1 aligned, 3 raw rows; default 0' }),
    ),
    after: Type.Optional(givenHex(32, 'blobId that it has to come after')),
    ordered: Type.Optional(
      Type.Boolean({ description: 'after what was last published here in this namespace with this option' }),
    ),
  },
  { additionalProperties: false },
)
export type BlobJson = Static<typeof BlobSchema>

const waitQuery = {
  wait: Type.Optional(
    Type.Union([Type.Literal('included'), Type.Literal('certified')], {
      description:
        'answer when this is reached, it has failed, or timeoutMs is over: then with the state as it is',
    }),
  ),
  timeoutMs: Type.Optional(digits('longest time to wait, ms; at most 120000, default 30000')),
}

export const WaitQuery = Type.Object(waitQuery, { additionalProperties: false })

export const PublishQuery = Type.Object(
  {
    namespace: Type.Optional(
      Type.String({ maxLength: 80, description: '58 hex digits; for application/octet-stream' }),
    ),
    flags: Type.Optional(
      Type.String({ maxLength: 80, description: '0, 1 or 3; for application/octet-stream' }),
    ),
    after: Type.Optional(givenHex(32, 'blobId that it has to come after')),
    ordered: Type.Optional(Type.Union([Type.Literal('true'), Type.Literal('false')])),
    ...waitQuery,
  },
  { additionalProperties: false },
)

const timeoutQuery = {
  timeoutMs: Type.Optional(digits('longest time to look for it, ms; at most 120000, default 30000')),
}

export const ReadQuery = Type.Object(
  {
    ...timeoutQuery,
    offset: Type.Optional(digits('first byte of the part that is wanted')),
    length: Type.Optional(digits('bytes of that part; up to the end where left out')),
  },
  { additionalProperties: false },
)

/** A row is read whole. */
export const RowQuery = Type.Object(timeoutQuery, { additionalProperties: false })

export const BlobParams = Type.Object({ id: Type.String({ description: 'blobId, 64 hex digits' }) })
export const HeightParams = Type.Object({
  height: Type.String({ description: 'a height, or `final` for the newest' }),
})
export const RowParams = Type.Object({
  name: Type.String({ description: 'versioned hash (64 hex digits) or KZG commitment (96)' }),
})
export const NamespaceParams = Type.Object({ namespace: Type.String({ description: '58 hex digits' }) })
export const RootParams = Type.Object({ root: Type.String({ description: "a block's root, 64 hex digits" }) })

export const EntrySchema = Type.Object({
  blobId: hex(32, 'of the blob'),
  namespace: hex(29, 'of the blob'),
  startCell: count('data cell of the block that it starts at; 64 cells are a row'),
  length: count('bytes of the blob'),
  flags: count('0 plain, 1 aligned, 3 raw'),
})
export type EntryJson = Static<typeof EntrySchema>

export const HeaderSchema = Type.Object({
  version: count('of the protocol'),
  chainId: hex(32, 'root of genesis'),
  height: count('of the block'),
  parentHeight: count('heights between are empty for ever'),
  parentRoot: hex(32, 'root of the parent'),
  timestamp: count('ms'),
  proposer: count('index of the validator'),
  rowCount: count('rows of 131072 bytes'),
  commitmentsRoot: hex(32, 'hash_tree_root of the commitments'),
  entriesCell: count('data cell from which the entries lie'),
  entriesRoot: hex(32, 'hash_tree_root of the entries'),
  dataRoot: hex(32, 'of the grid'),
  proofsRoot: hex(32, 'hash_tree_root of the sheet of proofs'),
  validatorsRoot: hex(32, 'hash_tree_root of the validators'),
})
export type HeaderJson = Static<typeof HeaderSchema>

export const FinalHeaderSchema = Type.Object({
  height: count('of the block'),
  root: hex(32, 'hash_tree_root of the header'),
  header: HeaderSchema,
  commitments: Type.Array(hex(48, 'KZG commitment of a row')),
})
export type FinalHeaderJson = Static<typeof FinalHeaderSchema>

export const BlockQuery = Type.Object(
  {
    namespace: Type.Optional(givenHex(29, 'only entries of this namespace')),
    proof: Type.Optional(
      Type.Union([Type.Literal('true'), Type.Literal('false')], {
        description:
          'with all entries of the block, which hash to entriesRoot of the header, and the certificate that makes the header final: proves that none is missing',
      }),
    ),
  },
  { additionalProperties: false },
)

export const CertificateSchema = Type.Object({
  kind: count('3: finalize'),
  height: count('of the last header'),
  root: hex(32, 'of the last header'),
  signers: Type.String({ pattern: '^[01]*$', description: 'a 1 for each validator that signed' }),
  signature: hex(96, 'BLS aggregate'),
})

export const BlockSchema = Type.Object({
  height: count('of the block'),
  root: hex(32, 'of the block'),
  header: HeaderSchema,
  commitments: Type.Array(hex(48, 'KZG commitment of a row')),
  entries: Type.Array(EntrySchema, { description: 'of the namespace that was asked for, else all' }),
  allEntries: Type.Optional(Type.Array(EntrySchema, { description: 'with proof=true: of every namespace' })),
  finality: Type.Optional(
    Type.Object(
      {
        headers: Type.Array(HeaderSchema, {
          description:
            'above that of the block, each the parent of the next; none where its own is certified',
        }),
        certificate: CertificateSchema,
      },
      { description: 'with proof=true: that the header is final' },
    ),
  ),
})
export type BlockJson = Static<typeof BlockSchema>

export const LocationSchema = Type.Object({
  height: count('newest final block that holds the row'),
  root: hex(32, 'of that block'),
  row: count('of the block'),
  commitment: hex(48, 'KZG commitment of the row'),
  versionedHash: hex(32, 'of EIP-4844'),
  entry: EntrySchema,
})
export type LocationJson = Static<typeof LocationSchema>

export const SubscribeQuery = Type.Object(
  { from: Type.Optional(digits('first height that is wanted; default: from the newest final block on')) },
  { additionalProperties: false },
)

export const NamespaceBlockSchema = Type.Object({
  height: count('of the block'),
  root: hex(32, 'of the block'),
  timestamp: count('ms'),
  entries: Type.Array(EntrySchema),
})
export type NamespaceBlockJson = Static<typeof NamespaceBlockSchema>

export const EventsQuery = Type.Object(
  {
    types: Type.Optional(
      Type.String({ maxLength: 200, description: 'some types of events only, comma-separated' }),
    ),
  },
  { additionalProperties: false },
)

export const VerdictSchema = Type.Object({
  root: hex(32, 'of the block'),
  verdict: Type.Union([Type.Literal('available'), Type.Literal('unavailable'), Type.Literal('undecided')]),
})
export type VerdictJson = Static<typeof VerdictSchema>

export const ReceiptSchema = Type.Object({
  version: count('of this form: 1'),
  chainId: hex(32, 'root of genesis'),
  headers: Type.Array(HeaderSchema, {
    description: "from that of the blob's block to that of the certificate",
  }),
  certificate: CertificateSchema,
  entry: EntrySchema,
  entryIndex: count("of the block's entries"),
  entryPath: Type.Array(hex(32, 'sibling; the last is the length')),
  commitments: Type.Array(hex(48, "KZG commitment of a row of the blob's block")),
})
export type ReceiptJson = Static<typeof ReceiptSchema>

/** Raw bytes in a body: of no schema that JSON knows. */
export const Bytes = Type.Unsafe<Uint8Array>({ description: 'the bytes as they are' })
/** Server-sent events. */
export const Events = Type.Unsafe<string>({ description: 'server-sent events' })

export const ok = Type.Object({ ok: Type.Literal(true) })

/** Answers that are not a success, for the `response` of a route. */
export const refusals = { '4xx': ErrorSchema, '5xx': ErrorSchema } as const
