// A second implementation of receipts, written from docs/receipts.md and docs/protocol.md with no line of src: SHA-256 of
// Node, pairings of @noble/curves, SSZ by hand. What it says of the vectors is what another implementer would find.

import { createHash } from 'node:crypto'
import { bls12_381 } from '@noble/curves/bls12-381.js'

interface HeaderJson {
  readonly version: number
  readonly chainId: string
  readonly height: number
  readonly parentHeight: number
  readonly parentRoot: string
  readonly timestamp: number
  readonly proposer: number
  readonly rowCount: number
  readonly commitmentsRoot: string
  readonly entriesCell: number
  readonly entriesRoot: string
  readonly dataRoot: string
  readonly proofsRoot: string
  readonly validatorsRoot: string
}

export interface SecondReceipt {
  readonly version: number
  readonly chainId: string
  readonly headers: readonly HeaderJson[]
  readonly certificate: {
    readonly kind: number
    readonly height: number
    readonly root: string
    readonly signers: string
    readonly signature: string
  }
  readonly entry: {
    readonly namespace: string
    readonly startCell: number
    readonly length: number
    readonly flags: number
    readonly blobId: string
  }
  readonly entryIndex: number
  readonly entryPath: readonly string[]
  readonly commitments: readonly string[]
}

export interface SecondGenesis {
  readonly name: string
  readonly timestamp: number
  readonly maxRows: number
  readonly maxBands: number
  readonly blockIntervalMs: number
  readonly timeoutMs: number
  readonly maxTimeoutMs: number
  readonly idleIntervalMs: number
  readonly sampleDeadlineMs: number
  readonly custodyFull: number
  readonly retentionMs: number
  readonly validators: readonly {
    readonly publicKey: string
    readonly possession: string
    readonly peerId: string
    readonly weight: number
  }[]
  readonly versions: readonly { readonly height: number; readonly version: number }[]
}

const hex = (text: string): Buffer => Buffer.from(text.replace(/^0x/, ''), 'hex')
const sha = (...parts: readonly Uint8Array[]): Buffer =>
  createHash('sha256').update(Buffer.concat(parts)).digest()
const uint = (value: number, size: number): Buffer => {
  const bytes = Buffer.alloc(size)
  for (let i = 0, rest = BigInt(value); i < size; i++, rest >>= 8n) bytes[i] = Number(rest & 255n)
  return bytes
}

// ---- hash_tree_root ----

const chunksOf = (bytes: Uint8Array): Buffer[] => {
  const padded = Buffer.alloc(Math.max(1, Math.ceil(bytes.length / 32)) * 32)
  padded.set(bytes)
  return Array.from({ length: padded.length / 32 }, (_, i) => padded.subarray(i * 32, i * 32 + 32))
}
const merkle = (leaves: readonly Buffer[], leafCount: number): Buffer => {
  if (leaves.length === 0) {
    let zero: Buffer = Buffer.alloc(32)
    for (let width = leafCount; width > 1; width /= 2) zero = sha(zero, zero)
    return zero
  }
  if (leafCount === 1) return leaves[0] as Buffer
  const half = leafCount / 2
  return sha(merkle(leaves.slice(0, half), half), merkle(leaves.slice(half), half))
}
const powerOfTwo = (least: number): number => 2 ** Math.ceil(Math.log2(least))
const container = (fields: readonly Buffer[]): Buffer => merkle(fields, powerOfTwo(fields.length))
const basic = (value: number): Buffer => uint(value, 32)
const vector = (bytes: Uint8Array): Buffer => {
  const chunks = chunksOf(bytes)
  return merkle(chunks, powerOfTwo(chunks.length))
}
const list = (roots: readonly Buffer[], limit: number, length = roots.length): Buffer =>
  sha(merkle(roots, limit), basic(length))
const byteList = (bytes: Uint8Array, limit: number): Buffer =>
  list(bytes.length === 0 ? [] : chunksOf(bytes), limit / 32, bytes.length)

const headerRoot = (header: HeaderJson): Buffer =>
  container([
    basic(header.version),
    hex(header.chainId),
    basic(header.height),
    basic(header.parentHeight),
    hex(header.parentRoot),
    basic(header.timestamp),
    basic(header.proposer),
    basic(header.rowCount),
    hex(header.commitmentsRoot),
    basic(header.entriesCell),
    hex(header.entriesRoot),
    hex(header.dataRoot),
    hex(header.proofsRoot),
    hex(header.validatorsRoot),
  ])

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
/** A peer id's multihash, from base58: each 1 it begins with is a zero byte. */
const base58 = (text: string): Buffer => {
  let value = 0n
  for (const character of text) value = value * 58n + BigInt(ALPHABET.indexOf(character))
  const digits = value.toString(16)
  const zeros = /^1*/.exec(text)?.[0].length ?? 0
  return Buffer.concat([
    Buffer.alloc(zeros),
    Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex'),
  ])
}

const validatorsRoot = ({ validators }: SecondGenesis): Buffer =>
  list(
    validators.map(({ publicKey, possession, peerId, weight }) =>
      container([
        vector(hex(publicKey)),
        vector(hex(possession)),
        byteList(base58(peerId), 64),
        basic(weight),
      ]),
    ),
    1_024,
  )

/** The chain id: the root of the genesis. */
export const genesisRoot = (genesis: SecondGenesis): Buffer =>
  container([
    byteList(Buffer.from(genesis.name), 64),
    basic(genesis.timestamp),
    basic(genesis.maxRows),
    basic(genesis.maxBands),
    basic(genesis.blockIntervalMs),
    basic(genesis.timeoutMs),
    basic(genesis.maxTimeoutMs),
    basic(genesis.idleIntervalMs),
    basic(genesis.sampleDeadlineMs),
    basic(genesis.custodyFull),
    basic(genesis.retentionMs),
    validatorsRoot(genesis),
    list(
      genesis.versions.map(({ height, version }) => container([basic(height), basic(version)])),
      64,
    ),
  ])

// ---- the rules, in the order of docs/receipts.md ----

/** The code of the first rule that does not hold, or `accept`. */
export const secondVerdict = (receipt: SecondReceipt, genesis: SecondGenesis, data?: Uint8Array): string => {
  const { headers, certificate, entry, commitments } = receipt
  const chainId = genesisRoot(genesis)
  if (receipt.version !== 1) return 'version'
  if (!chainId.equals(hex(receipt.chainId))) return 'other-chain'
  const [header] = headers
  const last = headers.at(-1)
  if (header === undefined || last === undefined) return 'no-headers'
  if (certificate.kind !== 3) return 'not-finalize'
  if (certificate.height !== last.height || !headerRoot(last).equals(hex(certificate.root)))
    return 'not-certified'
  for (let i = headers.length - 1; i > 0; i--) {
    const [child, parent] = [headers[i] as HeaderJson, headers[i - 1] as HeaderJson]
    if (!hex(child.parentRoot).equals(headerRoot(parent)) || child.parentHeight !== parent.height)
      return 'not-linked'
    if (child.timestamp <= parent.timestamp) return 'timestamp-low'
    if (child.timestamp > parent.timestamp + 60_000 * (child.height - parent.height)) return 'timestamp-high'
  }
  for (const one of headers) {
    const version = genesis.versions.filter(({ height }) => height <= one.height).at(-1)?.version
    if (!hex(one.chainId).equals(chainId)) return 'chain-id'
    if (one.height < 1) return 'height'
    if (one.version !== version) return 'version'
    if (one.parentHeight >= one.height) return 'parent-height'
    if (one.parentHeight === 0 && !hex(one.parentRoot).equals(chainId)) return 'parent-height'
    if (one.proposer !== (one.height - 1) % genesis.validators.length) return 'proposer'
    if (!hex(one.validatorsRoot).equals(validatorsRoot(genesis))) return 'validators-root'
    if (one.rowCount > genesis.maxRows) return 'row-count'
    if (one.entriesCell >= Math.max(1, one.rowCount * 64)) return 'entries-cell'
  }
  if (certificate.signers.length !== genesis.validators.length) return 'signers-length'
  const signed = genesis.validators.filter((_, i) => certificate.signers[i] === '1')
  const weightOf = (all: SecondGenesis['validators']) => all.reduce((sum, { weight }) => sum + weight, 0)
  if (3 * weightOf(signed) <= 2 * weightOf(genesis.validators)) return 'quorum'
  // {domain: vote, chainId, kind: finalize, height, root}
  const message = container([basic(2), chainId, basic(3), basic(certificate.height), hex(certificate.root)])
  const keys = signed.map(({ publicKey }) => bls12_381.G1.Point.fromBytes(hex(publicKey)))
  const sum = keys.reduce((total, key) => total.add(key))
  const point = bls12_381.G2.hashToCurve(message, { DST: 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_' })
  const signature = bls12_381.G2.Point.fromBytes(hex(certificate.signature))
  signature.assertValidity()
  // e(generator, signature) = e(sum of keys, hash of the message)
  const left = bls12_381.pairing(bls12_381.G1.Point.BASE, signature)
  if (
    !bls12_381.fields.Fp12.eql(left, bls12_381.pairing(sum, bls12_381.G2.Point.fromAffine(point.toAffine())))
  )
    return 'signature'

  let node = container([
    vector(hex(entry.namespace)),
    basic(entry.startCell),
    basic(entry.length),
    basic(entry.flags),
    hex(entry.blobId),
  ])
  const path = receipt.entryPath.map(hex)
  if (path.length !== 15 || receipt.entryIndex >= (path[14] as Buffer).readUIntLE(0, 6)) return 'entry-path'
  path.forEach((sibling, depth) => {
    const isRight = depth < 14 && Math.floor(receipt.entryIndex / 2 ** depth) % 2 === 1
    node = isRight ? sha(sibling, node) : sha(node, sibling)
  })
  if (!node.equals(hex(header.entriesRoot))) return 'entry-path'
  const rows = commitments.map((commitment) => vector(hex(commitment)))
  if (rows.length !== header.rowCount || !list(rows, 256).equals(hex(header.commitmentsRoot)))
    return 'commitments'
  const cells = Math.ceil(entry.length / (entry.flags === 3 ? 2_048 : 1_984))
  if (entry.startCell + cells > 64 * rows.length) return 'entry-place'
  if (entry.flags !== 0 && entry.startCell % 64 !== 0) return 'entry-place'
  if (data !== undefined) {
    const length = Buffer.alloc(8)
    length.writeBigUInt64BE(BigInt(data.length))
    const flags = uint(entry.flags, 1)
    const blobId = sha(Buffer.from('weft.blob.v1'), hex(entry.namespace), flags, length, data)
    if (data.length !== entry.length || !blobId.equals(hex(entry.blobId))) return 'other-bytes'
  }
  return 'accept'
}

// ---- SSZ ----

const HEADER_BYTES = 258

/** The JSON form of a receipt's SSZ bytes. */
export const secondFromSsz = (bytes: Uint8Array): SecondReceipt => {
  const reader = readerOf(bytes)
  const version = reader.uint(2)
  const chainId = reader.hex(32)
  const headersAt = reader.uint(4)
  const certificateAt = reader.uint(4)
  const entry = {
    namespace: reader.hex(29),
    startCell: reader.uint(4),
    length: reader.uint(8),
    flags: reader.uint(1),
    blobId: reader.hex(32),
  }
  const entryIndex = reader.uint(4)
  const pathAt = reader.uint(4)
  const commitmentsAt = reader.uint(4)
  return {
    version,
    chainId,
    headers: Array.from({ length: (certificateAt - headersAt) / HEADER_BYTES }, (_, i) =>
      headerOf(bytes.subarray(headersAt + i * HEADER_BYTES)),
    ),
    certificate: certificateOf(bytes.subarray(certificateAt, pathAt)),
    entry,
    entryIndex,
    entryPath: pieces(bytes.subarray(pathAt, commitmentsAt), 32),
    commitments: pieces(bytes.subarray(commitmentsAt), 48),
  }
}

const readerOf = (bytes: Uint8Array) => {
  let at = 0
  const take = (size: number) => {
    at += size
    return Buffer.from(bytes.subarray(at - size, at))
  }
  return {
    uint: (size: number) =>
      Number(take(size).reduceRight((value, byte) => value * 256n + BigInt(byte), 0n as bigint)),
    hex: (size: number) => take(size).toString('hex'),
  }
}

const headerOf = (bytes: Uint8Array): HeaderJson => {
  const { uint: number, hex: text } = readerOf(bytes)
  return {
    version: number(2),
    chainId: text(32),
    height: number(8),
    parentHeight: number(8),
    parentRoot: text(32),
    timestamp: number(8),
    proposer: number(2),
    rowCount: number(2),
    commitmentsRoot: text(32),
    entriesCell: number(4),
    entriesRoot: text(32),
    dataRoot: text(32),
    proofsRoot: text(32),
    validatorsRoot: text(32),
  }
}

const certificateOf = (bytes: Uint8Array): SecondReceipt['certificate'] => {
  const { uint: number, hex: text } = readerOf(bytes)
  const [kind, height, root, signersAt, signature] = [number(1), number(8), text(32), number(4), text(96)]
  // Bits from the lowest of each byte on; the highest that is set only ends them.
  const bits = [...bytes.subarray(signersAt)].flatMap((byte) =>
    Array.from({ length: 8 }, (_, i) => (byte >> i) & 1),
  )
  return { kind, height, root, signers: bits.slice(0, bits.lastIndexOf(1)).join(''), signature }
}

const pieces = (bytes: Uint8Array, size: number): string[] =>
  Array.from({ length: bytes.length / size }, (_, i) =>
    Buffer.from(bytes.subarray(i * size, (i + 1) * size)).toString('hex'),
  )
