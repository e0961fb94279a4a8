// docs/protocol.md followed to the letter, without any of the project's code: what needs nothing but SHA-256 and
// integers modulo r is built again from the page and held against vectors/.

import { createHash } from 'node:crypto'
import test from 'ava'
import { read } from './pages.ts'

const R = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const unhex = (text: string): Buffer => Buffer.from(text.slice(2), 'hex')
const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`
const integer = (bytes: Uint8Array): bigint => BigInt(hex(bytes))
const be = (value: number | bigint, width: number): Buffer =>
  Buffer.from(value.toString(16).padStart(2 * width, '0'), 'hex')
const le = (value: number, width: number): Buffer => be(value, width).reverse()
const vectors = (name: string) => JSON.parse(read(`vectors/${name}.json`))

// ---- section 5 ----

interface Blob {
  readonly namespace: string
  readonly flags: number
  readonly seed: string
  readonly length: number
}

const dataOf = ({ seed, length, flags }: Blob): Buffer => {
  const parts: Buffer[] = []
  for (let i = 0; 32 * i < length; i++) parts.push(sha256(Buffer.from(seed), be(i, 4)))
  const data = Buffer.concat(parts).subarray(0, length)
  if (flags === 3) for (let at = 0; at < length; at += 32) data[at] = 0
  return data
}

const blobIdOf = (blob: Blob): Buffer =>
  sha256(
    Buffer.from('weft.blob.v1'),
    unhex(blob.namespace),
    be(blob.flags, 1),
    be(blob.length, 8),
    dataOf(blob),
  )

/** Bytes as they lie in cells: 31 to an element after a zero byte. */
const spread = (bytes: Uint8Array): Buffer => {
  const elements: Buffer[] = []
  for (let at = 0; at < bytes.length; at += 31) {
    const part = bytes.subarray(at, at + 31)
    elements.push(Buffer.concat([be(0, 1), part, Buffer.alloc(31 - part.length)]))
  }
  return Buffer.concat(elements)
}

const pack = (blobs: readonly Blob[]) => {
  if (blobs.length === 0) return { entriesCell: 0, rows: [] }
  const sorted = blobs.toSorted((a, b) => Buffer.compare(unhex(a.namespace), unhex(b.namespace)))
  const laid: { readonly cell: number; readonly bytes: Buffer }[] = []
  const entries: Buffer[] = []
  let next = 0
  for (const blob of sorted) {
    if (blob.flags !== 0) next = 64 * Math.ceil(next / 64)
    const bytes = blob.flags === 3 ? dataOf(blob) : spread(dataOf(blob))
    laid.push({ cell: next, bytes })
    entries.push(unhex(blob.namespace), le(next, 4), le(blob.length, 8), le(blob.flags, 1), blobIdOf(blob))
    next += Math.ceil(bytes.length / 2048)
    if (blob.flags !== 0) next = 64 * Math.ceil(next / 64)
  }
  const list = Buffer.concat(entries)
  const bytes = spread(Buffer.concat([be(list.length, 4), list]))
  laid.push({ cell: next, bytes })
  const rowCount = Math.ceil((next + Math.ceil(bytes.length / 2048)) / 64)
  const region = Buffer.alloc(rowCount * 131_072)
  for (const part of laid) part.bytes.copy(region, part.cell * 2048)
  const rows = Array.from({ length: rowCount }, (_, i) => region.subarray(i * 131_072, (i + 1) * 131_072))
  return { entriesCell: next, rows }
}

test('packing as section 5 says gives the rows of the vectors', (t) => {
  const { cases } = vectors('packing')
  t.true(cases.length > 5)
  for (const { name, blobs, rowCount, entriesCell, rowHashes, entries } of cases) {
    const packed = pack(blobs)
    t.is(packed.rows.length, rowCount, name)
    t.is(packed.entriesCell, entriesCell, name)
    t.deepEqual(
      packed.rows.map((row) => hex(sha256(row))),
      rowHashes,
      name,
    )
    t.deepEqual(
      blobs.map((blob: Blob) => hex(blobIdOf(blob))).toSorted(),
      entries.map(({ blobId }: { blobId: string }) => blobId).toSorted(),
    )
  }
})

// ---- section 6 ----

const shapeOf = (rows: number, maxBands: number) => {
  let bands = 1
  while (bands < rows && bands < maxBands) bands *= 2
  const lanes = Math.ceil(rows / bands)
  return { bands, lanes, zeroBands: bands - Math.ceil(rows / lanes) }
}

test('shape, challenge and powers as section 6 says are those of the vectors', (t) => {
  const blocks = vectors('grid').cases
  const { cases } = vectors('challenge')
  t.true(cases.length > 3)
  for (const { name, rowCount, bands, commitmentsRoot, dataRoot, gamma, powers } of cases) {
    const block = blocks.find((other: { name: string }) => other.name === name)
    t.deepEqual(shapeOf(rowCount, block.maxBands), block.shape, name)
    const preimage = [Buffer.from('weft.tile.v1'), be(rowCount, 2), be(bands, 2)]
    const x = integer(sha256(...preimage, unhex(commitmentsRoot), unhex(dataRoot))) % R
    t.is(hex(be(x, 32)), gamma, name)
    let power = 1n
    for (const expected of powers) {
      t.is(hex(be(power, 32)), expected, name)
      power = (power * x) % R
    }
  }
})

test('the code across bands as section 6 says gives the coefficients of the vectors', (t) => {
  const power = (base: bigint, exponent: bigint): bigint => {
    let result = 1n
    for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % R)
      if (rest & 1n) result = (result * square) % R
    return result
  }
  const { coefficients } = vectors('challenge')
  t.true(coefficients.length > 3)
  for (const { bands, rows } of coefficients) {
    const omega = power(7n, (R - 1n) / BigInt(2 * bands))
    const w = (band: number) => {
      const bits = [...band.toString(2).padStart(Math.log2(2 * bands), '0')].reverse().join('')
      return power(omega, BigInt(Number.parseInt(bits, 2)))
    }
    for (const row of rows) {
      const lambda = Array.from({ length: bands }, (_, i) => {
        if (bands === 1) return 1n
        const denominator = (BigInt(bands) * (w(row.band) - w(i) + R)) % R
        return ((R - 2n) * w(i) * power(denominator, R - 2n)) % R
      })
      t.deepEqual(
        lambda.map((scalar) => hex(be(scalar, 32))),
        row.coefficients,
      )
    }
  }
})

// ---- section 7 ----

test('path and folding as sections 6 and 7 say hold for the tiles of the vectors', (t) => {
  const { header, maxBands, data, extended, foldedData, foldedExtended } = vectors('tiles')
  const { bands, lanes } = shapeOf(header.rowCount, maxBands)
  const preimage = [Buffer.from('weft.tile.v1'), be(header.rowCount, 2), be(bands, 2)]
  const gamma = integer(sha256(...preimage, unhex(header.commitmentsRoot), unhex(header.dataRoot))) % R
  for (const [tile, folded] of [
    [data, foldedData],
    [extended, foldedExtended],
  ]) {
    const cells = unhex(tile.cells)
    t.is(cells.length, lanes * 2048)
    let node = sha256(be(0, 1), cells)
    tile.branch.forEach((sibling: string, height: number) => {
      const isRight = ((tile.column * 2 * bands + tile.band) >> height) & 1
      node = isRight ? sha256(be(1, 1), unhex(sibling), node) : sha256(be(1, 1), node, unhex(sibling))
    })
    t.is(hex(node), header.dataRoot)
    const sums = Array.from({ length: 64 }, (_, i) => {
      let sum = 0n
      for (let lane = lanes - 1; lane >= 0; lane--) {
        const at = lane * 2048 + 32 * i
        sum = (sum * gamma + integer(cells.subarray(at, at + 32))) % R
      }
      return be(sum, 32)
    })
    t.is(hex(Buffer.concat(sums)), folded)
  }
})

// ---- sections 3 and 4 ----

/** hash_tree_root of a container of basic fields and byte vectors of 32: one chunk a field. */
const rootOf = (fields: readonly Buffer[]): Buffer => {
  let level: Buffer[] = fields.map((field) => Buffer.concat([field, Buffer.alloc(32 - field.length)]))
  while (!Number.isInteger(Math.log2(level.length))) level.push(Buffer.alloc(32))
  while (level.length > 1)
    level = Array.from({ length: level.length / 2 }, (_, i) => sha256(level[2 * i]!, level[2 * i + 1]!))
  return level[0]!
}

const widths = {
  version: 2,
  height: 8,
  parentHeight: 8,
  timestamp: 8,
  proposer: 2,
  rowCount: 2,
  entriesCell: 4,
}

test('roots and signing roots as sections 3 and 4 say are those of the vectors', (t) => {
  const page = read('docs/protocol.md')
  const fields = /class Header\(Container\):\n([\s\S]*?)\n\n/.exec(page)?.[1]?.match(/\w+(?=:)/g) ?? []
  t.is(fields.length, 14)
  const { chainId } = vectors('genesis')
  const signingRoot = (domain: number, kind: number, height: number, root: Buffer) =>
    hex(rootOf([be(domain, 1), unhex(chainId), be(kind, 1), le(height, 8), root]))

  for (const { header, root, ...expected } of vectors('headers').cases) {
    const chunks = fields.map((field) => {
      const width = widths[field as keyof typeof widths]
      return width === undefined ? unhex(header[field]) : le(header[field], width)
    })
    t.is(hex(rootOf(chunks)), root)
    t.is(signingRoot(1, 0, header.height, unhex(root)), expected.signingRoot)
  }
  for (const { vote, signingRoot: expected } of vectors('votes').cases) {
    t.is(signingRoot(2, vote.kind, vote.height, unhex(vote.root)), expected)
  }
})
