// Values of a node as the JSON shapes of schemas.ts.

import { toHex } from '../base/bytes.ts'
import { certificateToJson } from '../chain/container-json.ts'
import type { Header } from '../chain/containers.ts'
import type { Entry } from '../grid/containers.ts'
import { versionedHashOf } from '../grid/versioned-hash.ts'
import type { FinalHeader, Finality, LocateAnswer, NamespaceBlock, Ticket } from '../node/types.ts'
import type {
  BlockJson,
  EntryJson,
  FinalHeaderJson,
  HeaderJson,
  LocationJson,
  NamespaceBlockJson,
  TicketJson,
} from './schemas.ts'

export const ticketJson = ({ blobId, state, after }: Ticket): TicketJson => ({
  blobId: toHex(blobId),
  state: state.state,
  ...('root' in state && { height: state.height, root: toHex(state.root) }),
  ...('code' in state && { code: state.code }),
  ...(after && { after: toHex(after) }),
})

export const entryJson = (entry: Entry): EntryJson => ({
  blobId: toHex(entry.blobId),
  namespace: toHex(entry.namespace),
  startCell: entry.startCell,
  length: entry.length,
  flags: entry.flags,
})

export const headerJson = (header: Header): HeaderJson => ({
  ...header,
  chainId: toHex(header.chainId),
  parentRoot: toHex(header.parentRoot),
  commitmentsRoot: toHex(header.commitmentsRoot),
  entriesRoot: toHex(header.entriesRoot),
  dataRoot: toHex(header.dataRoot),
  proofsRoot: toHex(header.proofsRoot),
  validatorsRoot: toHex(header.validatorsRoot),
})

export const finalHeaderJson = ({ height, root, header, commitments }: FinalHeader): FinalHeaderJson => ({
  height,
  root: toHex(root),
  header: headerJson(header),
  commitments: commitments.map(toHex),
})

export const finalityJson = ({ headers, certificate }: Finality): NonNullable<BlockJson['finality']> => ({
  headers: headers.slice(1).map(headerJson),
  certificate: certificateToJson(certificate),
})

export const locationJson = (found: Extract<LocateAnswer, { found: true }>): LocationJson => ({
  height: found.height,
  root: toHex(found.root),
  row: found.row,
  commitment: toHex(found.commitment),
  versionedHash: toHex(versionedHashOf(found.commitment)),
  entry: entryJson(found.entry),
})

export const namespaceBlockJson = ({ height, root, header, own }: NamespaceBlock): NamespaceBlockJson => ({
  height,
  root: toHex(root),
  timestamp: header.timestamp,
  entries: own.map(entryJson),
})
