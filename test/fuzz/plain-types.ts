// The containers of docs/protocol.md section 3, written down once more from the page.

import { bits, byteList, bytes, container, list, uint } from './plain-ssz.ts'

export const Header = container({
  version: uint(2),
  chainId: bytes(32),
  height: uint(8),
  parentHeight: uint(8),
  parentRoot: bytes(32),
  timestamp: uint(8),
  proposer: uint(2),
  rowCount: uint(2),
  commitmentsRoot: bytes(32),
  entriesCell: uint(4),
  entriesRoot: bytes(32),
  dataRoot: bytes(32),
  proofsRoot: bytes(32),
  validatorsRoot: bytes(32),
})
export const SignedHeader = container({ message: Header, signature: bytes(96) })
export const Commitments = list(bytes(48), 256)
export const Entry = container({
  namespace: bytes(29),
  startCell: uint(4),
  length: uint(8),
  flags: uint(1),
  blobId: bytes(32),
})
export const Entries = list(Entry, 16_384)
export const Sheet = list(bytes(48), 8_192)
export const Announcement = container({ header: SignedHeader, commitments: Commitments })
export const Proposal = container({
  header: SignedHeader,
  commitments: Commitments,
  entries: Entries,
  sheet: Sheet,
})
export const Column = container({
  header: SignedHeader,
  index: uint(1),
  cells: list(bytes(2_048), 256),
  branch: list(bytes(32), 7),
})
export const Vote = container({
  kind: uint(1),
  height: uint(8),
  root: bytes(32),
  validator: uint(2),
  signature: bytes(96),
})
export const Certificate = container({
  kind: uint(1),
  height: uint(8),
  root: bytes(32),
  signers: bits(1_024),
  signature: bytes(96),
})
export const SigningData = container({
  domain: uint(1),
  chainId: bytes(32),
  kind: uint(1),
  height: uint(8),
  root: bytes(32),
})
export const Status = container({
  chainId: bytes(32),
  finalHeight: uint(8),
  finalRoot: bytes(32),
  headHeight: uint(8),
  custodyCount: uint(1),
  earliestHeight: uint(8),
})
export const RangeRequest = container({ start: uint(8), count: uint(2) })
export const ProposalsRequest = container({ roots: list(bytes(32), 16) })
export const ColumnsRequest = container({ root: bytes(32), indices: list(uint(1), 128) })
export const TileId = container({ band: uint(1), column: uint(1) })
export const TilesRequest = container({ root: bytes(32), tiles: list(TileId, 32) })
export const Tile = container({
  band: uint(1),
  column: uint(1),
  cells: byteList(524_288),
  branch: list(bytes(32), 14),
  proofs: list(bytes(48), 64),
})
export const HeldRequest = container({ root: bytes(32) })
export const Held = container({ tiles: list(TileId, 1_024) })
export const PeerRecord = container({ peerId: byteList(64), envelope: byteList(2_048) })
export const Submission = container({
  namespace: bytes(29),
  flags: uint(1),
  data: byteList(33_554_432),
  after: list(bytes(32), 1),
})
export const SubmissionAnswer = container({ code: uint(1), blobId: bytes(32) })

/** Fields that hold an element of G1 or G2, by name. */
export const pointFields: ReadonlySet<string> = new Set(['signature', 'commitments', 'sheet', 'proofs'])
/** Fields that hold elements of the scalar field. */
export const scalarFields: ReadonlySet<string> = new Set(['cells', 'data'])
