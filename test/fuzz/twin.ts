// The validity rules of docs/protocol.md sections 7, 11 and 14 as a slow twin: every clause in the page's order and
// words, over the plain SSZ of plain-ssz.ts, the book of signatures of ledger.ts and the arithmetic of plain-grid.ts.
// It shares no code with what it judges. A verdict is `ok`, or `reject:code` or `ignore:code`.

import { CURRENT_HEIGHT, FINAL_HEIGHT, type FuzzChain, MAX_BANDS, MAX_ROWS, WEIGHTS } from './fuzz-chain.ts'
import {
  climbed,
  createGridTruth,
  type GridTruth,
  INFINITY,
  isCanonical,
  lambdas,
  leafOf,
  memo,
  pointOf,
  rootOfLeaves,
  shapeOf,
  sumOf,
  tilesOf,
} from './plain-grid.ts'
import { decode, encode, type Fields, hex, join, rootOf, same, type Type, type Value } from './plain-ssz.ts'
import * as plain from './plain-types.ts'

export type Outcome = string

const ok: Outcome = 'ok'
const reject = (code: string): Outcome => `reject:${code}`
const ignore = (code: string): Outcome => `ignore:${code}`
const isZero = (data: Uint8Array) => data.every((byte) => byte === 0)
const num = (fields: Fields, name: string) => fields[name] as number
const raw = (fields: Fields, name: string) => fields[name] as Uint8Array
const rawList = (fields: Fields, name: string) => fields[name] as readonly Uint8Array[]

const commitmentsRoot = (points: readonly Uint8Array[]) => rootOf(plain.Commitments, points)
const emptyRoots = {
  commitmentsRoot: commitmentsRoot([]),
  entriesRoot: rootOf(plain.Entries, []),
  proofsRoot: rootOf(plain.Sheet, []),
}

/** What a judge of a stream has besides the message: the block that was asked for. */
export interface Asked {
  readonly header: Fields
  readonly commitments: readonly Uint8Array[]
}

export const createTwin = ({ chain, ledger, blocks, voteRoot }: FuzzChain) => {
  const truths = new Map<string, GridTruth>()
  for (const { grid } of blocks)
    if (grid.header.rowCount > 0) truths.set(hex(grid.header.dataRoot), createGridTruth(grid, MAX_BANDS))
  const sheetRoot = memo(2_000, (data) => rootOf(plain.Sheet, decode(plain.Sheet, data)!))
  const entriesRoot = memo(2_000, (data) => rootOf(plain.Entries, decode(plain.Entries, data)!))
  const columnRoots = new Map<number, (data: Uint8Array) => Uint8Array>()
  const columnRoot = (rows: number, cells: readonly Uint8Array[]): Uint8Array => {
    let roots = columnRoots.get(rows)
    if (roots === undefined) {
      roots = memo(2_000, (data) => {
        const parts = Array.from({ length: rows }, (_, i) => data.subarray(i * 2_048, (i + 1) * 2_048))
        return rootOfLeaves(tilesOf(shapeOf(rows, MAX_BANDS), parts).map(leafOf))
      })
      columnRoots.set(rows, roots)
    }
    return roots(join(cells))
  }

  // What a node remembers.
  let seen = new Map<number, string[]>()
  let votes = new Map<string, string[]>()
  let columns = new Set<string>()
  const rootOfHeader = (signed: Fields) => rootOf(plain.Header, signed.message!)

  const judgeUse = (signed: Fields): Outcome => {
    const height = num(signed.message as Fields, 'height')
    if (height <= FINAL_HEIGHT) return ignore('old-header')
    if (height > CURRENT_HEIGHT + 8) return ignore('early-header')
    const root = hex(rootOfHeader(signed))
    const others = (seen.get(height) ?? []).filter((other) => other !== root)
    return others.length >= 2 ? ignore('third-header') : ok
  }
  /** False for the third of a height. */
  const see = (signed: Fields): boolean => {
    const height = num(signed.message as Fields, 'height')
    const root = hex(rootOfHeader(signed))
    const known = seen.get(height) ?? []
    if (known.includes(root)) return true
    if (known.length >= 2) return false
    seen.set(height, [...known, root])
    return true
  }

  const judgeHeader = (signed: Fields): Outcome => {
    const message = signed.message as Fields
    const height = num(message, 'height')
    if (!same(raw(message, 'chainId'), chain.chainId)) return reject('chain-id')
    if (height < 1) return reject('height')
    if (num(message, 'version') !== 1) return reject('version')
    if (num(message, 'parentHeight') >= height) return reject('parent-height')
    if (num(message, 'parentHeight') === 0 && !same(raw(message, 'parentRoot'), chain.chainId))
      return reject('parent-height')
    if (num(message, 'proposer') !== (height - 1) % WEIGHTS.length) return reject('proposer')
    if (!same(raw(message, 'validatorsRoot'), chain.validatorsRoot)) return reject('validators-root')
    const rows = num(message, 'rowCount')
    if (rows > MAX_ROWS) return reject('row-count')
    const entriesCell = num(message, 'entriesCell')
    if (rows === 0 ? entriesCell !== 0 : entriesCell >= 64 * rows) return reject('entries-cell')
    if (rows === 0) {
      const empty = Object.entries(emptyRoots).every(([name, root]) => same(raw(message, name), root))
      if (!empty || !isZero(raw(message, 'dataRoot'))) return reject('empty-roots')
    }
    const signingRoot = rootOf(plain.SigningData, {
      domain: 1,
      chainId: chain.chainId,
      kind: 0,
      height,
      root: rootOfHeader(signed),
    })
    const signature = ledger.signed(num(message, 'proposer'), signingRoot)
    return signature !== undefined && same(signature, raw(signed, 'signature'))
      ? ok
      : reject('header-signature')
  }

  const judgeAnnouncement = (fields: Fields): Outcome => {
    const signed = fields.header as Fields
    const message = signed.message as Fields
    const commitments = rawList(fields, 'commitments')
    if (commitments.length !== num(message, 'rowCount')) return reject('commitments-count')
    const header = judgeHeader(signed)
    if (header !== ok) return header
    return same(commitmentsRoot(commitments), raw(message, 'commitmentsRoot'))
      ? ok
      : reject('commitments-root')
  }

  const judgeProposal = (fields: Fields): Outcome => {
    const message = (fields.header as Fields).message as Fields
    const rows = num(message, 'rowCount')
    const entries = fields.entries as readonly Fields[]
    const sheet = rawList(fields, 'sheet')
    if (rows > MAX_ROWS) return reject('row-count')
    if (rawList(fields, 'commitments').length !== rows) return reject('commitments-count')
    if (sheet.length !== (rows === 0 ? 0 : shapeOf(rows, MAX_BANDS).bands * 128)) return reject('sheet-count')
    if (entries.length > 0 !== rows > 0 || entries.length > 64 * rows) return reject('entries-count')
    const announcement = judgeAnnouncement(fields)
    if (announcement !== ok) return announcement
    if (!same(entriesRoot(encode(plain.Entries, entries)), raw(message, 'entriesRoot')))
      return reject('entries-root')
    return same(sheetRoot(join(sheet)), raw(message, 'proofsRoot')) ? ok : reject('proofs-root')
  }

  /** Section 7: a column, to be forwarded. */
  const judgeColumnPath = (message: Fields, column: Fields): Outcome => {
    const cells = rawList(column, 'cells')
    const branch = rawList(column, 'branch')
    const rows = num(message, 'rowCount')
    if (rows < 1 || rows > MAX_ROWS || num(column, 'index') >= 128) return reject('shape')
    if (cells.length !== rows || branch.length !== 7) return reject('shape')
    if (!cells.every(isCanonical)) return reject('not-canonical')
    const root = climbed(columnRoot(rows, cells), num(column, 'index'), branch)
    return same(root, raw(message, 'dataRoot')) ? ok : reject('path')
  }

  const judgeColumn = (column: Fields): Outcome => {
    const signed = column.header as Fields
    const message = signed.message as Fields
    if (num(message, 'rowCount') === 0) return reject('no-columns')
    if (num(column, 'index') >= 128) return reject('column-index')
    if (rawList(column, 'cells').length !== num(message, 'rowCount')) return reject('cells-count')
    if (rawList(column, 'branch').length !== 7) return reject('branch-length')
    return judgeHeader(signed)
  }

  const faultOfVoteFields = ({ kind, height, root }: Fields): Outcome => {
    if (kind !== 1 && kind !== 2 && kind !== 3) return reject('kind')
    if ((height as number) < 1) return reject('height')
    if (isZero(root as Uint8Array) !== (kind === 2)) return reject('root')
    return ok
  }

  const judgeVote = (vote: Fields): Outcome => {
    const fault = faultOfVoteFields(vote)
    if (fault !== ok) return fault
    const [kind, height, validator] = ['kind', 'height', 'validator'].map((name) => num(vote, name))
    if (validator! >= WEIGHTS.length) return reject('validator')
    if (height! <= FINAL_HEIGHT) return ignore('old-vote')
    if (height! > CURRENT_HEIGHT + 8) return ignore('early-vote')
    const key = `${kind}/${height}/${validator}`
    const root = hex(raw(vote, 'root'))
    const known = votes.get(key) ?? []
    // A vote that is sent again is forwarded again, for those who missed it: only a third root is not.
    const others = known.filter((other) => other !== root)
    if (others.length >= 2) return ignore('third-vote')
    const signature = ledger.signed(validator!, voteRoot(kind!, height!, raw(vote, 'root')))
    if (signature === undefined || !same(signature, raw(vote, 'signature'))) return reject('signature')
    if (!known.includes(root)) votes.set(key, [...known, root])
    return ok
  }

  const judgeCertificate = (certificate: Fields): Outcome => {
    const fault = faultOfVoteFields(certificate)
    if (fault !== ok) return fault
    const signers = certificate.signers as readonly number[]
    if (signers.length !== WEIGHTS.length) return reject('signers-length')
    const kind = num(certificate, 'kind')
    const height = num(certificate, 'height')
    if (height <= FINAL_HEIGHT) return ignore('old-certificate')
    if (knownCertificates.has(`${kind}/${height}`)) return ignore('known-certificate')
    const indices = signers.flatMap((bit, i) => (bit === 1 ? [i] : []))
    const total = WEIGHTS.reduce((sum, weight) => sum + weight, 0)
    if (3 * indices.reduce((sum, i) => sum + WEIGHTS[i]!, 0) <= 2 * total) return reject('quorum')
    const sum = ledger.aggregate(indices, voteRoot(kind, height, raw(certificate, 'root')))
    return sum !== undefined && same(sum, raw(certificate, 'signature')) ? ok : reject('signature')
  }

  /** Whether gamma is multiplied into nothing: a band of one row, or of one lane, is proven as that row is. */
  const isGammaFree = ({ lanes, rows }: { lanes: number; rows: number }, band: number) =>
    lanes === 1 || rows - band * lanes === 1

  const judgeTile = ({ header, commitments }: Asked, tile: Fields): Outcome => {
    const rows = num(header, 'rowCount')
    if (rows < 1 || rows > MAX_ROWS) return reject('shape')
    if (commitments.length !== rows || !same(commitmentsRoot(commitments), raw(header, 'commitmentsRoot')))
      return reject('commitments-root')
    const shape = shapeOf(rows, MAX_BANDS)
    const { bands, lanes, zeroBands } = shape
    const band = num(tile, 'band')
    const column = num(tile, 'column')
    const cells = raw(tile, 'cells')
    const branch = rawList(tile, 'branch')
    const proofs = rawList(tile, 'proofs')
    if (band >= 2 * bands || column >= 128 || cells.length !== lanes * 2_048) return reject('shape')
    if (branch.length !== Math.log2(2 * bands) + 7 || proofs.length !== (band < bands ? 1 : bands))
      return reject('shape')
    if (!isCanonical(cells)) return reject('not-canonical')
    if (!same(climbed(leafOf(cells), column * 2 * bands + band, branch), raw(header, 'dataRoot')))
      return reject('path')
    const isZeroBand = (dataBand: number) => dataBand < bands && dataBand >= bands - zeroBands
    const ofBands = band < bands ? [band] : proofs.map((_, dataBand) => dataBand)
    if (!ofBands.every((dataBand, i) => !isZeroBand(dataBand) || same(proofs[i]!, INFINITY)))
      return reject('point')
    if (isZeroBand(band)) return isZero(cells) ? ok : reject('proof')
    const dataBands =
      band < bands || bands === 1 ? [Math.min(band, bands - 1)] : ofBands.filter((i) => !isZeroBand(i))
    const used = dataBands.flatMap((dataBand) => commitments.slice(dataBand * lanes, (dataBand + 1) * lanes))
    const usedProofs = proofs.slice(0, band < bands || bands === 1 ? 1 : dataBands.length)
    if (![...used, ...usedProofs].every((point) => pointOf(point) !== undefined)) return reject('point')

    // The claim. The truth is that of the block whose rows these commitments are.
    const truth = [...truths.values()].find(
      (one) =>
        dataBands.every((dataBand) =>
          Array.from({ length: lanes }, (_, lane) => dataBand * lanes + lane).every((row) => {
            const known = one.grid.commitments[row]
            const mine = commitments[row]
            return known === undefined || mine === undefined ? known === mine : same(known, mine)
          }),
        ) &&
        one.shape.bands === bands &&
        one.shape.lanes === lanes,
    )
    if (truth === undefined) return reject('proof')
    const sameGamma =
      same(truth.grid.header.dataRoot, raw(header, 'dataRoot')) &&
      same(truth.grid.header.commitmentsRoot, raw(header, 'commitmentsRoot')) &&
      truth.shape.rows === rows
    if (!sameGamma && !dataBands.every((dataBand) => isGammaFree(shape, dataBand))) return reject('proof')
    const expected = truth.tile(band, column)
    if (!same(expected.cells, cells)) return reject('proof')
    const proof =
      band < bands || bands === 1
        ? pointOf(proofs[0]!)!
        : sumOf(
            usedProofs.map((point) => pointOf(point)!),
            lambdas(bands, band),
          )
    return same(proof.toBytes(true), expected.proof) ? ok : reject('proof')
  }

  /** Section 7: a column, to be used, against the proposal of its block. */
  const judgeColumnProofs = (
    header: Fields,
    commitments: readonly Uint8Array[],
    sheet: readonly Uint8Array[],
    column: Fields,
  ): Outcome => {
    const rows = num(header, 'rowCount')
    if (rows < 1 || rows > MAX_ROWS) return reject('shape')
    const shape = shapeOf(rows, MAX_BANDS)
    const { bands, lanes, zeroBands } = shape
    if (commitments.length !== rows || !same(commitmentsRoot(commitments), raw(header, 'commitmentsRoot')))
      return reject('commitments-root')
    if (sheet.length !== bands * 128 || !same(sheetRoot(join(sheet)), raw(header, 'proofsRoot')))
      return reject('proofs-root')
    if (!sheet.slice((bands - zeroBands) * 128).every((point) => same(point, INFINITY)))
      return reject('point')
    const index = num(column, 'index')
    const cells = rawList(column, 'cells')
    if (index >= 128 || cells.length !== rows || rawList(column, 'branch').length !== 7)
      return reject('shape')
    if (!cells.every(isCanonical)) return reject('not-canonical')
    const dataBands = Array.from({ length: bands - zeroBands }, (_, band) => band)
    const points = [...commitments, ...dataBands.map((band) => sheet[band * 128 + index]!)]
    if (!points.every((point) => pointOf(point) !== undefined)) return reject('point')
    const truth = [...truths.values()].find(
      ({ grid }) =>
        same(grid.header.commitmentsRoot, raw(header, 'commitmentsRoot')) &&
        (lanes === 1 || same(grid.header.dataRoot, raw(header, 'dataRoot'))),
    )
    if (truth === undefined) return reject('proof')
    const holds =
      cells.every((cell, row) => same(cell, truth.grid.columns[index]!.cells[row]!)) &&
      dataBands.every((band) => same(sheet[band * 128 + index]!, truth.grid.sheet[band * 128 + index]!))
    return holds ? ok : reject('proof')
  }

  const largest = {
    header: 354 + 4 + 48 * MAX_ROWS,
    proposal: 354 + 12 + 48 * MAX_ROWS + 74 * 64 * MAX_ROWS + 48 * 128 * MAX_BANDS,
    column: 2_048 * MAX_ROWS + 1_024,
    certificate: 141 + Math.floor(WEIGHTS.length / 8) + 1,
  }
  const read = (type: Type, data: Uint8Array, most = Number.POSITIVE_INFINITY): Fields | undefined =>
    data.length > most ? undefined : (decode(type, data) as Fields | undefined)
  const undecodable = reject('undecodable')

  return {
    /** Forgets what was seen. */
    reset() {
      seen = new Map()
      votes = new Map()
      columns = new Set()
    },
    header(data: Uint8Array): Outcome {
      const fields = read(plain.Announcement, data, largest.header)
      if (fields === undefined) return undecodable
      const use = judgeUse(fields.header as Fields)
      if (use !== ok) return use
      const verdict = judgeAnnouncement(fields)
      if (verdict === ok) see(fields.header as Fields)
      return verdict
    },
    proposal(data: Uint8Array): Outcome {
      const fields = read(plain.Proposal, data, largest.proposal)
      if (fields === undefined) return undecodable
      const use = judgeUse(fields.header as Fields)
      if (use !== ok) return use
      const verdict = judgeProposal(fields)
      if (verdict === ok) see(fields.header as Fields)
      return verdict
    },
    column(data: Uint8Array, topic: number): Outcome {
      const fields = read(plain.Column, data, largest.column)
      if (fields === undefined) return undecodable
      if (fields.index !== topic) return reject('wrong-topic')
      const signed = fields.header as Fields
      const use = judgeUse(signed)
      if (use !== ok) return use
      const verdict = judgeColumn(fields)
      if (verdict !== ok) return verdict
      if (!see(signed)) return ignore('third-header')
      const key = `${hex(rootOfHeader(signed))}/${fields.index}`
      if (columns.has(key)) return ignore('known-column')
      const path = judgeColumnPath(signed.message as Fields, fields)
      if (path === ok) columns.add(key)
      return path
    },
    vote(data: Uint8Array): Outcome {
      const fields = read(plain.Vote, data)
      return fields === undefined ? undecodable : judgeVote(fields)
    },
    certificate(data: Uint8Array): Outcome {
      const fields = read(plain.Certificate, data, largest.certificate)
      return fields === undefined ? undecodable : judgeCertificate(fields)
    },
    /** An answer to a request for one tile. */
    tile(data: Uint8Array, asked: Asked): Outcome {
      const lanes = Math.ceil(MAX_ROWS / MAX_BANDS)
      const fields = read(plain.Tile, data, lanes * 2_048 + 4_096)
      return fields === undefined ? undecodable : judgeTile(asked, fields)
    },
    /** An answer to a request for a column of a block whose proposal is here: to be forwarded, then to be used. */
    columnAnswer(
      data: Uint8Array,
      asked: Asked & { readonly sheet: readonly Uint8Array[]; readonly root: Uint8Array },
    ): Outcome {
      const fields = read(plain.Column, data, largest.column)
      if (fields === undefined) return undecodable
      if (!same(rootOfHeader(fields.header as Fields), asked.root)) return reject('other-block')
      const path = judgeColumnPath(asked.header, fields)
      return path === ok ? judgeColumnProofs(asked.header, asked.commitments, asked.sheet, fields) : path
    },
    columnProofs(fields: Fields, asked: Asked & { readonly sheet: readonly Uint8Array[] }): Outcome {
      return judgeColumnProofs(asked.header, asked.commitments, asked.sheet, fields)
    },
    status(data: Uint8Array): Outcome {
      const fields = read(plain.Status, data)
      if (fields === undefined) return undecodable
      return same(raw(fields, 'chainId'), chain.chainId) ? ok : reject('other-chain')
    },
    rangeRequest(data: Uint8Array): Outcome {
      const fields = read(plain.RangeRequest, data)
      return fields !== undefined && num(fields, 'count') >= 1 && num(fields, 'count') <= 128
        ? ok
        : reject('invalid-request')
    },
    proposalsRequest: (data: Uint8Array): Outcome =>
      isAnswerable(read(plain.ProposalsRequest, data), 'roots', () => true),
    columnsRequest: (data: Uint8Array): Outcome =>
      isAnswerable(read(plain.ColumnsRequest, data), 'indices', (index) => (index as number) < 128),
    tilesRequest: (data: Uint8Array): Outcome =>
      isAnswerable(
        read(plain.TilesRequest, data),
        'tiles',
        (id) => num(id as Fields, 'band') < 2 * MAX_BANDS && num(id as Fields, 'column') < 128,
      ),
    submission(data: Uint8Array): Outcome {
      const fields = read(plain.Submission, data, MAX_ROWS * 131_072 + 128)
      return fields === undefined ? reject('invalid-request') : judgeBlob(fields)
    },
    heldRequest: (data: Uint8Array): Outcome =>
      read(plain.HeldRequest, data) === undefined ? reject('invalid-request') : ok,
    /** The bytes alone: which places a block has is for whoever asked. */
    held: (data: Uint8Array): Outcome => (read(plain.Held, data) === undefined ? undecodable : ok),
    submissionAnswer: (data: Uint8Array): Outcome =>
      read(plain.SubmissionAnswer, data) === undefined ? undecodable : ok,
  }
}

/** Kinds and heights whose certificates the node has already. */
export const knownCertificates: ReadonlySet<string> = new Set(['1/3', '2/9'])

const isAnswerable = (fields: Fields | undefined, name: string, fits: (item: Value) => boolean): Outcome => {
  const items = fields?.[name] as readonly Value[] | undefined
  return items !== undefined && items.length > 0 && items.every(fits) ? ok : reject('invalid-request')
}

/** Section 5, step 1, and whether the blob fits into a block by itself; answers of section 14. */
const judgeBlob = (fields: Fields): Outcome => {
  const namespace = raw(fields, 'namespace')
  const data = raw(fields, 'data')
  const flags = num(fields, 'flags')
  if (!isZero(namespace.subarray(0, 19))) return 'answer:1'
  if (flags !== 0 && flags !== 1 && flags !== 3) return 'answer:1'
  if (data.length === 0) return 'answer:1'
  if (flags === 3 && (data.length % 131_072 !== 0 || !isCanonical(data))) return 'answer:1'
  const cells = Math.ceil(data.length / (flags === 3 ? 2_048 : 1_984))
  const next = flags === 0 ? cells : 64 * Math.ceil(cells / 64)
  const rows = Math.ceil((next + Math.ceil((4 + 74) / 1_984)) / 64)
  return rows > MAX_ROWS ? 'answer:2' : 'answer:0'
}
