// The nine stream protocols as data: what is asked, what is answered, how many items and how many bytes at most. Server
// and client both work from this table, and docs/protocol.md prints it. A message is never longer than its container can
// be on the chain at hand, whatever its SSZ type would hold.

import {
  type Announcement,
  AnnouncementType,
  type Certificate,
  CertificateType,
  type Column,
  type ColumnsRequest,
  ColumnsRequestType,
  ColumnType,
  type Held,
  type HeldRequest,
  HeldRequestType,
  HeldType,
  MAX_PEER_RECORDS,
  MAX_RANGE,
  type PeerRecord,
  PeerRecordType,
  type Proposal,
  type ProposalsRequest,
  ProposalsRequestType,
  ProposalType,
  type RangeRequest,
  RangeRequestType,
  SignedHeaderType,
  type Status,
  StatusType,
  type Submission,
  type SubmissionAnswer,
  SubmissionAnswerType,
  type Tile,
  type TileId,
  type TilesRequest,
  TilesRequestType,
  TileType,
  VoteType,
} from '../chain/containers.ts'
import { MAX_ENTRIES } from '../chain/limits.ts'
import type { Codec } from './codec.ts'
import { submissionCodec } from './submission-codec.ts'

/** The bounds of one chain that make messages smaller than their SSZ types allow. */
export interface ChainBounds {
  readonly maxRows: number
  readonly maxBands: number
  readonly validators: number
}

export interface StreamProtocol<Request, Answer> {
  /** Undefined: the request is empty. */
  readonly request: Codec<Request> | undefined
  readonly requestBytes: number
  readonly answer: Codec<Answer>
  /** Most bytes of one item. */
  readonly answerBytes: number
  /** Most items that may answer this request; 0 where the request itself is out of bounds. */
  maxItems(request: Request): number
}

export interface StreamProtocols {
  readonly status: StreamProtocol<undefined, Status>
  readonly headers: StreamProtocol<RangeRequest, Announcement>
  readonly certificates: StreamProtocol<RangeRequest, Certificate>
  readonly proposals: StreamProtocol<ProposalsRequest, Proposal>
  readonly columns: StreamProtocol<ColumnsRequest, Column>
  readonly tiles: StreamProtocol<TilesRequest, Tile>
  readonly held: StreamProtocol<HeldRequest, Held>
  readonly peers: StreamProtocol<undefined, PeerRecord>
  readonly submit: StreamProtocol<Submission, SubmissionAnswer>
}

/** Headers of one height: two of each of its leader are relayed. Certificates of one: notarise, nil, finalize. */
const HEADERS_PER_HEIGHT = 2
const CERTIFICATES_PER_HEIGHT = 3
/** What a column or tile has besides its cells: offsets, signed header, branch, and up to 64 proofs. */
const COLUMN_OVERHEAD_BYTES = 1_024
const TILE_OVERHEAD_BYTES = 4_096
const SUBMISSION_OVERHEAD_BYTES = 128
const CELL_BYTES = 2_048
const ROW_BYTES = 131_072
const POINT_BYTES = 48
const ENTRY_BYTES = 74
const DATA_CELLS_PER_ROW = 64
const COLUMNS = 128
/** A certificate without its bits: kind, height, root, offset, signature. */
const CERTIFICATE_BYTES = 1 + 8 + 32 + 4 + 96
/** Of each list in a container. */
const OFFSET_BYTES = 4

/** Most bytes of each gossip message on a chain: exactly what its container can take there. */
export const messageBytes = ({ maxRows, maxBands, validators }: ChainBounds) => {
  const header = SignedHeaderType.maxSize + OFFSET_BYTES + maxRows * POINT_BYTES
  const entries = Math.min(MAX_ENTRIES, maxRows * DATA_CELLS_PER_ROW)
  return {
    header: Math.min(AnnouncementType.maxSize, header),
    proposal: Math.min(
      ProposalType.maxSize,
      header + 2 * OFFSET_BYTES + entries * ENTRY_BYTES + maxBands * COLUMNS * POINT_BYTES,
    ),
    column: Math.min(ColumnType.maxSize, maxRows * CELL_BYTES + COLUMN_OVERHEAD_BYTES),
    vote: VoteType.maxSize,
    certificate: Math.min(CertificateType.maxSize, CERTIFICATE_BYTES + Math.floor(validators / 8) + 1),
  }
}

export const streamProtocols = (bounds: ChainBounds): StreamProtocols => {
  const lanes = Math.ceil(bounds.maxRows / bounds.maxBands)
  const most = messageBytes(bounds)
  const isPlace = ({ band, column }: TileId) => band < 2 * bounds.maxBands && isColumn(column)
  const rangeOf = (perHeight: number) => (request: RangeRequest) =>
    request.count > MAX_RANGE ? 0 : request.count * perHeight
  return {
    status: protocol(undefined, StatusType, () => 1),
    headers: protocol(RangeRequestType, AnnouncementType, rangeOf(HEADERS_PER_HEIGHT), {
      answerBytes: most.header,
    }),
    certificates: protocol(RangeRequestType, CertificateType, rangeOf(CERTIFICATES_PER_HEIGHT), {
      answerBytes: most.certificate,
    }),
    proposals: protocol(ProposalsRequestType, ProposalType, (request) => request.roots.length, {
      answerBytes: most.proposal,
    }),
    columns: protocol(
      ColumnsRequestType,
      ColumnType,
      ({ indices }) => (indices.every(isColumn) ? indices.length : 0),
      {
        answerBytes: most.column,
      },
    ),
    tiles: protocol(TilesRequestType, TileType, ({ tiles }) => (tiles.every(isPlace) ? tiles.length : 0), {
      answerBytes: lanes * CELL_BYTES + TILE_OVERHEAD_BYTES,
    }),
    held: protocol(HeldRequestType, HeldType, () => 1),
    peers: protocol(undefined, PeerRecordType, () => MAX_PEER_RECORDS),
    submit: protocol(submissionCodec, SubmissionAnswerType, () => 1, {
      requestBytes: bounds.maxRows * ROW_BYTES + SUBMISSION_OVERHEAD_BYTES,
    }),
  }
}

const isColumn = (index: number): boolean => index < COLUMNS

const protocol = <Request, Answer>(
  request: Codec<Request> | undefined,
  answer: Codec<Answer>,
  maxItems: (request: Request) => number,
  bytes: { readonly requestBytes?: number; readonly answerBytes?: number } = {},
): StreamProtocol<Request, Answer> => ({
  request,
  requestBytes: Math.min(request?.maxSize ?? 0, bytes.requestBytes ?? Number.POSITIVE_INFINITY),
  answer,
  answerBytes: Math.min(answer.maxSize, bytes.answerBytes ?? Number.POSITIVE_INFINITY),
  maxItems,
})
