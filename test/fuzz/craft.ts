// Messages that a mutation alone would never reach, since a signature stands before: changed and signed anew by a
// validator that plays foul, votes and certificates of any subset, tiles whose proofs are wrong one by one and right
// in sum, blocks whose commitments or leaves are not what they should be.

import { bls12_381 } from '@noble/curves/bls12-381.js'
import type { Random } from '../consensus/simulation/random.ts'
import { type FuzzBlock, type FuzzChain, MAX_BANDS, WEIGHTS } from './fuzz-chain.ts'
import type { AskedBlock } from './judge.ts'
import { createGridTruth, lambdas, leafOf, pointOf, R, rootOfLeaves, shapeOf, tilesOf } from './plain-grid.ts'
import { type Fields, rootOf, sha256, type Value } from './plain-ssz.ts'
import * as plain from './plain-types.ts'

const G1 = bls12_381.G1.Point
const KINDS = [1, 2, 3]

export interface Asking {
  readonly fields: Fields
  readonly asked: AskedBlock
}

export const createCrafts = ({ chain, ledger, blocks, signHeader, voteRoot }: FuzzChain) => {
  const withRows = blocks.filter(({ grid }) => grid.header.rowCount > 0)
  const zero = new Uint8Array(32)
  const rootFor = (random: Random, kind: number, block: FuzzBlock): Uint8Array =>
    kind === 2 ? zero : random.chance(0.8) ? block.root : sha256(Uint8Array.of(random.integer(0, 255)))
  const subset = (random: Random): readonly number[] => {
    const all = WEIGHTS.map((_, i) => i)
    const chosen = random.subset(all, 0.75)
    return chosen.length === 0 ? all : chosen
  }

  // ---- messages as honest nodes send them ----

  const announcement = ({ header, grid }: FuzzBlock): Fields => ({ header, commitments: grid.commitments })
  const proposal = ({ header, grid }: FuzzBlock): Fields => ({
    header,
    commitments: grid.commitments,
    entries: grid.entries as unknown as Value,
    sheet: grid.sheet,
  })
  const column = ({ header, grid }: FuzzBlock, index: number): Fields => {
    const { cells, branch } = grid.columns[index]!
    return { header, index, cells, branch }
  }
  const vote = (
    validator: number,
    kind: number,
    height: number,
    root: Uint8Array,
    signer = validator,
  ): Fields => ({
    kind,
    height,
    root,
    validator,
    signature: ledger.sign(signer, voteRoot(kind, height, root)),
  })
  const certificate = (
    signers: readonly number[],
    kind: number,
    height: number,
    root: Uint8Array,
  ): Fields => {
    const message = voteRoot(kind, height, root)
    for (const signer of signers) ledger.sign(signer, message)
    return {
      kind,
      height,
      root,
      signers: WEIGHTS.map((_, i) => (signers.includes(i) ? 1 : 0)),
      signature: ledger.aggregate(signers, message)!,
    }
  }
  const askedOf = ({ root, header, grid }: FuzzBlock): AskedBlock => ({
    root,
    header: header.message as Fields,
    commitments: grid.commitments,
    sheet: grid.sheet,
  })
  const truths = new Map(withRows.map((block) => [block, createGridTruth(block.grid, MAX_BANDS)]))
  const tile = (block: FuzzBlock, band: number, index: number): Fields => {
    const { shape } = truths.get(block)!
    const leaves = tilesOf(shape, block.grid.columns[index]!.cells).map(leafOf)
    const branch: Uint8Array[] = []
    for (let layer = leaves, at = band; layer.length > 1; at >>= 1) {
      branch.push(layer[at ^ 1]!)
      const above: Uint8Array[] = []
      for (let i = 0; i < layer.length; i += 2) above.push(rootOfLeaves([layer[i]!, layer[i + 1]!]))
      layer = above
    }
    const bands = band < shape.bands ? [band] : Array.from({ length: shape.bands }, (_, i) => i)
    return {
      band,
      column: index,
      cells: truths.get(block)!.tile(band, index).cells,
      branch: [...branch, ...block.grid.columns[index]!.branch],
      proofs: bands.map((dataBand) => block.grid.sheet[dataBand * 128 + index]!),
    }
  }

  const roots = blocks.map(({ root }) => root)
  const submission = (flags: number, data: Uint8Array, letter = 97): Fields => {
    const namespace = new Uint8Array(29)
    namespace[28] = letter
    return { namespace, flags, data, after: letter % 3 === 0 ? [roots[0]!] : [] }
  }
  const indices = (count: number) => Array.from({ length: count }, (_, i) => (i * 37) % 128)
  const messages = {
    header: blocks.map(announcement),
    proposal: blocks.map(proposal),
    column: withRows.flatMap((block) => [0, 63, 64, 127].map((index) => column(block, index))),
    vote: blocks.flatMap((block) => [
      ...KINDS.map((kind) => vote(block.height % 4, kind, block.height, kind === 2 ? zero : block.root)),
    ]),
    certificate: blocks.flatMap((block) =>
      KINDS.map((kind) => certificate([0, 1, 2], kind, block.height, kind === 2 ? zero : block.root)),
    ),
    tile: withRows.flatMap((block) => {
      const { bands } = truths.get(block)!.shape
      return [0, bands - 1, bands, 2 * bands - 1].map(
        (band, i): Asking => ({
          fields: tile(block, band, (i * 41 + block.height) % 128),
          asked: askedOf(block),
        }),
      )
    }),
    columnAnswer: withRows.flatMap((block) =>
      [1, 64, 126].map((index): Asking => ({ fields: column(block, index), asked: askedOf(block) })),
    ),
    status: [0, 7].map(
      (height): Fields => ({
        chainId: chain.chainId,
        finalHeight: height,
        finalRoot: roots[0]!,
        headHeight: height + 1,
        custodyCount: 8,
        earliestHeight: 0,
      }),
    ),
    rangeRequest: [1, 2, 128].map((count): Fields => ({ start: 5, count })),
    proposalsRequest: [1, 2, 16].map(
      (count): Fields => ({
        roots: Array.from({ length: count }, (_, i) => roots[i % roots.length]!),
      }),
    ),
    columnsRequest: [1, 16, 128].map((count): Fields => ({ root: roots[0]!, indices: indices(count) })),
    tilesRequest: [1, 5, 32].map(
      (count): Fields => ({
        root: roots[0]!,
        tiles: indices(count).map((index) => ({ band: index % (2 * MAX_BANDS), column: index })),
      }),
    ),
    heldRequest: [{ root: roots[0]! }],
    held: [0, 3, 1_024].map(
      (count): Fields => ({
        tiles: Array.from({ length: count }, (_, i) => ({ band: i >> 7, column: i % 128 })),
      }),
    ),
    submission: [
      submission(0, new Uint8Array(1_984).fill(7)),
      submission(1, new Uint8Array(5_000).fill(8)),
      submission(3, new Uint8Array(131_072)),
      submission(0, Uint8Array.of(1)),
    ],
    submissionAnswer: [0, 3].map((code): Fields => ({ code, blobId: roots[1]! })),
  }

  // ---- foul ones ----

  /** A header with something changed, signed by its proposer or by somebody else. */
  const resigned = (random: Random, signed: Fields, change: Fields = {}): Fields => {
    const old = signed.message as Fields
    const height = old.height as number
    const changes: readonly Fields[] = [
      {},
      { timestamp: (old.timestamp as number) + random.integer(0, 3) },
      { parentRoot: sha256(Uint8Array.of(random.integer(0, 255))) },
      { parentHeight: height - 1, parentRoot: random.pick(roots) },
      { height: height + 1 },
      { height: height + 4, proposer: (height + 3) % WEIGHTS.length },
      { version: random.integer(0, 2) },
      { chainId: roots[0]! },
      { proposer: random.integer(0, 5) },
      { entriesCell: random.integer(0, 600) },
      { dataRoot: random.pick(withRows).grid.header.dataRoot },
      { validatorsRoot: roots[0]! },
    ]
    const message = { ...old, ...random.pick(changes), ...change }
    const proposer = message.proposer as number
    const signer = random.chance(0.9) && proposer < WEIGHTS.length ? proposer : random.integer(0, 3)
    return signHeader(message, signer)
  }
  const swapped = (random: Random, list: readonly Uint8Array[]): readonly Uint8Array[] => {
    const at = random.integer(0, Math.max(0, list.length - 1))
    return list.length === 0 ? list : list.with(at, random.pick(list))
  }

  const crooked = (random: Random): { block: FuzzBlock; fields: Fields } => {
    const block = random.pick(blocks)
    const commitments = random.chance(0.5) ? swapped(random, block.grid.commitments) : block.grid.commitments
    const sheet = random.chance(0.5) ? swapped(random, block.grid.sheet) : block.grid.sheet
    const entries = random.chance(0.7) ? block.grid.entries : block.grid.entries.slice(1)
    const header = resigned(random, block.header, {
      commitmentsRoot: rootOf(plain.Commitments, commitments),
      ...(random.chance(0.5) && { proofsRoot: rootOf(plain.Sheet, sheet) }),
      ...(random.chance(0.5) && { entriesRoot: rootOf(plain.Entries, entries as unknown as Value) }),
    })
    return { block, fields: { header, commitments, entries: entries as unknown as Value, sheet } }
  }

  return {
    messages,
    header(random: Random): Fields {
      if (random.chance(0.3)) {
        const { header, commitments } = crooked(random).fields
        return { header: header!, commitments: commitments! }
      }
      const block = random.pick(blocks)
      return { header: resigned(random, block.header), commitments: block.grid.commitments }
    },
    proposal(random: Random): Fields {
      if (random.chance(0.5)) return crooked(random).fields
      const block = random.pick(blocks)
      return { ...proposal(block), header: resigned(random, block.header) }
    },
    column(random: Random): Fields {
      const block = random.pick(withRows)
      const index = random.integer(0, 127)
      if (random.chance(0.4)) return column(block, index)
      return { ...column(block, index), header: resigned(random, block.header) }
    },
    vote(random: Random): Fields {
      const block = random.pick(blocks)
      const kind = random.pick(KINDS)
      const validator = random.integer(0, WEIGHTS.length - 1)
      const height = random.chance(0.6) ? block.height : random.integer(0, 14)
      const root = random.chance(0.9)
        ? rootFor(random, kind, block)
        : rootFor(random, random.pick(KINDS), block)
      const signer = random.chance(0.85) ? validator : random.integer(0, WEIGHTS.length - 1)
      const made = vote(validator, kind, height, root, signer)
      // Signed for another chain, or as a header.
      return random.chance(0.05)
        ? { ...made, signature: ledger.sign(validator, voteRoot(kind, height, root, roots[0]!)) }
        : made
    },
    certificate(random: Random): Fields {
      const block = random.pick(blocks)
      const kind = random.pick(KINDS)
      const height = random.chance(0.6) ? block.height : random.integer(0, 14)
      const signers = subset(random)
      const made = certificate(signers, kind, height, rootFor(random, kind, block))
      if (random.chance(0.75)) return made
      // Bits of a quorum over the signature of others.
      return { ...made, signers: WEIGHTS.map(() => random.integer(0, 1)) }
    },
    tile(random: Random): Asking {
      const block = random.pick(withRows)
      const { shape } = truths.get(block)!
      const index = random.integer(0, 127)
      const band = random.integer(0, 2 * shape.bands - 1)
      const honest = tile(block, band, index)
      const asked = askedOf(block)
      const way = random.next()
      if (way < 0.35) return { fields: honest, asked }
      if (way < 0.6 && band >= shape.bands && shape.bands > 1) {
        // Two proofs wrong, so that lambda_i * d_i + lambda_j * d_j = 0; or not quite.
        const factors = lambdas(shape.bands, band)
        const d = BigInt(random.integer(1, 1_000))
        const inverse = (value: bigint) => {
          let [a, b, x, y] = [((value % R) + R) % R, R, 1n, 0n]
          while (b > 0n) {
            const q = a / b
            ;[a, b] = [b, a - q * b]
            ;[x, y] = [y, x - q * y]
          }
          return ((x % R) + R) % R
        }
        const e = (((R - factors[0]!) * d) % R) * inverse(factors[1]!)
        const proofs = honest.proofs as readonly Uint8Array[]
        const moved = (point: Uint8Array, by: bigint) =>
          pointOf(point)!
            .add(G1.BASE.multiply(by % R))
            .toBytes(true)
        const off = random.chance(0.3) ? 1n : 0n
        return {
          fields: {
            ...honest,
            proofs: proofs.with(0, moved(proofs[0]!, d)).with(1, moved(proofs[1]!, e + off)),
          },
          asked,
        }
      }
      // A block whose commitments or leaves are not those that the rest is made for.
      const commitments = random.chance(0.6) ? swapped(random, asked.commitments) : asked.commitments
      let header: Fields = { ...asked.header, commitmentsRoot: rootOf(plain.Commitments, commitments) }
      let fields = honest
      if (random.chance(0.5)) {
        // A leader that put a false tile under dataRoot.
        const cells = (honest.cells as Uint8Array).slice()
        cells[random.integer(0, cells.length / 32 - 1) * 32 + 31]! ^= 1
        fields = { ...honest, cells }
        const place = index * 2 * shape.bands + band
        const branch = honest.branch as readonly Uint8Array[]
        const dataRoot = branch.reduce(
          (below, sibling, i) =>
            rootOfLeaves(Math.floor(place / 2 ** i) % 2 === 1 ? [sibling, below] : [below, sibling]),
          leafOf(cells),
        )
        header = { ...header, dataRoot }
      }
      return { fields, asked: { ...asked, header, commitments } }
    },
    columnAnswer(random: Random): Asking {
      const block = random.pick(withRows)
      const index = random.integer(0, 127)
      const asked = askedOf(block)
      if (random.chance(0.5)) return { fields: column(block, index), asked }
      // A header over a wrong sheet or wrong commitments: the column is under it, its proofs are not right.
      const { bands } = shapeOf(block.grid.header.rowCount, MAX_BANDS)
      const at = random.integer(0, bands - 1) * 128 + index
      const bad = random.pick([
        asked.sheet[(at + 1) % asked.sheet.length]!,
        G1.BASE.toBytes(true),
        new Uint8Array(48).fill(255),
        asked.sheet[at]!.with(0, asked.sheet[at]![0]! ^ 0x20),
      ])
      const sheet = random.chance(0.7) ? asked.sheet.with(at, bad) : asked.sheet
      const commitments =
        random.chance(0.3) && asked.commitments.length > 0
          ? asked.commitments.with(random.integer(0, asked.commitments.length - 1), bad)
          : asked.commitments
      const message: Fields = {
        ...asked.header,
        proofsRoot: rootOf(plain.Sheet, sheet),
        commitmentsRoot: rootOf(plain.Commitments, commitments),
      }
      const header = { message, signature: new Uint8Array(96) }
      return {
        fields: { ...column(block, index), header },
        asked: { root: rootOf(plain.Header, message), header: message, commitments, sheet },
      }
    },
    submission(random: Random): Fields {
      const flags = random.pick([0, 0, 1, 3, 2, 4])
      const rows = random.integer(1, 8)
      // The last that fit and the first that do not among them; few are large, or they would be all that is done.
      const large = [131_072 * rows, 126_976 * rows, 1_984 * 511, 1_984 * 512]
      const cells = random.integer(0, 20)
      const base = random.chance(0.2) ? random.pick(large) : 1_984 * cells
      const size = Math.max(0, base + random.integer(-1, 1))
      return submission(
        flags,
        new Uint8Array(size).fill(random.integer(0, 255) & 0x3f),
        random.integer(0, 255),
      )
    },
  }
}
