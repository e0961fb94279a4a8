// The suite that every backend of the port runs: values against fixtures of another implementation, every check
// against wrong claims, and every argument against malformed ones. A backend passes all of it or is none.

import { readFileSync } from 'node:fs'
import test from 'ava'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { hasCode } from '../../src/base/error.ts'
import { BLS_MODULUS } from '../../src/kernel/parameters.ts'
import { createFieldTwin } from '../../src/kernel/twin/field-twin.ts'
import type { CellClaim, Kzg, LinearTerm } from '../../src/kzg/port.ts'
import { blobs, hashed, places, randomBlob, scalar } from './blobs.ts'
import { hostilePoints, hostileScalars, infinity, multiple, wrongLengths } from './hostile.ts'
import { type BlobFixture, digestOf } from './make-fixtures.ts'

const fixtures: Readonly<Record<string, BlobFixture>> = JSON.parse(
  readFileSync(new URL('./fixtures.json', import.meta.url), 'utf8'),
)

export interface ComplianceOptions {
  /** Kinds of blobs to run cells with proofs for; slow backends take fewer. Default: all. */
  readonly proofsOf?: readonly string[]
}

/** Declares the suite's tests for one backend. */
export const runCompliance = (
  backend: string,
  create: () => Promise<Kzg>,
  { proofsOf = Object.keys(blobs) }: ComplianceOptions = {},
): void => {
  const creating = Promise.withResolvers<Kzg>()
  test.before(async () => {
    try {
      creating.resolve(await create())
    } catch (error) {
      creating.reject(error)
    }
    await creating.promise
  })

  /** What most tests start from, made once. */
  const prepared = creating.promise.then((kzg) => {
    const blob = blobs.random!
    const [cells, proofs] = kzg.computeCellsAndKzgProofs(blob)
    return { kzg, blob, cells, proofs, commitment: bytes(fixtures.random!.commitment) }
  })
  prepared.catch(() => {})

  for (const [kind, blob] of Object.entries(blobs)) {
    const fixture = fixtures[kind]!
    const commitment = bytes(fixture.commitment)

    test(`${backend}: a blob (${kind}) has the commitment and blob proof of another implementation`, async (t) => {
      const kzg = await creating.promise
      const before = digestOf([blob])
      t.is(toHex(kzg.blobToKzgCommitment(blob)), fixture.commitment)
      t.is(toHex(kzg.computeBlobKzgProof(blob, commitment)), fixture.blobProof)
      t.true(kzg.verifyBlobKzgProof(blob, commitment, bytes(fixture.blobProof)))
      t.is(digestOf([blob]), before)
    })

    test(`${backend}: a blob (${kind}) has the cells of another implementation`, async (t) => {
      const kzg = await creating.promise
      t.is(digestOf(kzg.computeCells(blob)), fixture.cells)
    })

    if (proofsOf.includes(kind)) {
      test(`${backend}: a blob (${kind}) has the cell proofs of another implementation, and they verify`, async (t) => {
        const kzg = await creating.promise
        const [cells, proofs] = kzg.computeCellsAndKzgProofs(blob)
        t.is(digestOf(cells), fixture.cells)
        t.is(digestOf(proofs), fixture.proofs)
        t.true(kzg.verifyCellKzgProofBatch(repeat(commitment, 128), all, cells, proofs))
      })
    }
  }

  for (const kind of ['random', 'zero', 'extremes']) {
    for (const [place, z] of Object.entries(places)) {
      test(`${backend}: opens a blob (${kind}) at ${place} as another implementation does`, async (t) => {
        const kzg = await creating.promise
        const [proof, y] = kzg.computeKzgProof(blobs[kind]!, z)
        const [expectedProof, expectedY] = fixtures[kind]!.openings[place]!
        t.is(toHex(y), expectedY)
        t.is(toHex(proof), expectedProof)
        const commitment = bytes(fixtures[kind]!.commitment)
        t.true(kzg.verifyKzgProof(commitment, z, y, proof))
        t.false(kzg.verifyKzgProof(commitment, z, scalar(hashed('another y')), proof))
      })
    }
  }

  test(`${backend}: opens a blob at every kind of place of its own domain`, async (t) => {
    const { kzg, blob, commitment } = await prepared
    // Element i of the row is the value at omega^bitReversed(i).
    for (const i of [0, 1, 2, 4095]) {
      const z = scalar(power(OMEGA, BigInt(reversed(i, 12))))
      const [proof, y] = kzg.computeKzgProof(blob, z)
      t.deepEqual(y, blob.slice(32 * i, 32 * i + 32))
      t.true(kzg.verifyKzgProof(commitment, z, y, proof))
    }
  })

  test(`${backend}: infinity is commitment and proof of what is constant`, async (t) => {
    const kzg = await creating.promise
    const z = scalar(hashed('anywhere'))
    t.true(kzg.verifyKzgProof(infinity, z, scalar(0n), infinity))
    t.false(kzg.verifyKzgProof(infinity, z, scalar(1n), infinity))
    t.true(kzg.verifyKzgProof(multiple(3n), z, scalar(3n), infinity))
    t.false(kzg.verifyKzgProof(multiple(3n), z, scalar(-3n), infinity))
    t.true(kzg.verifyCellKzgProofBatch([infinity], [127], [new Uint8Array(2048)], [infinity]))
    t.true(kzg.verifyBlobKzgProof(blobs.zero!, infinity, infinity))
    t.false(kzg.verifyBlobKzgProof(blobs.random!, infinity, infinity))
  })

  test(`${backend}: the polynomial X opens anywhere with the generator as proof`, async (t) => {
    const kzg = await creating.promise
    // Its commitment is tau G, whose proof at z is (X - z)/(X - z) = 1, so G.
    const blob = new Uint8Array(131_072)
    for (let i = 0; i < 4096; i++) blob.set(scalar(power(OMEGA, BigInt(reversed(i, 12)))), 32 * i)
    const commitment = kzg.blobToKzgCommitment(blob)
    const z = scalar(hashed('X'))
    t.deepEqual(kzg.computeKzgProof(blob, z), [multiple(1n), z])
    t.true(kzg.verifyKzgProof(commitment, z, z, multiple(1n)))
    t.false(kzg.verifyKzgProof(commitment, z, z, multiple(2n)))
    // Commitment and z proof meet in one sum: C - y G + z proof with C = y G and opposite terms.
    t.false(kzg.verifyKzgProof(multiple(1n), scalar(1n), scalar(2n), multiple(1n)))
  })

  test(`${backend}: wrong claims about an opening are false`, async (t) => {
    const kzg = await creating.promise
    const { commitment, openings } = fixtures.random!
    const [proof, y] = openings.hashed!
    const [c, z, p] = [bytes(commitment), places.hashed!, bytes(proof)]
    t.false(kzg.verifyKzgProof(bytes(fixtures.sparse!.commitment), z, bytes(y), p))
    t.false(kzg.verifyKzgProof(c, scalar(hashed('another z')), bytes(y), p))
    t.false(kzg.verifyKzgProof(c, z, bytes(y), negated(p)))
    t.false(kzg.verifyKzgProof(negated(c), z, bytes(y), p))
    t.false(kzg.verifyKzgProof(c, z, bytes(y), c))
  })

  test(`${backend}: blob proofs verify in batches, and one wrong proof spoils the batch`, async (t) => {
    const kzg = await creating.promise
    const kinds = ['random', 'sparse', 'constant', 'zero', 'random']
    const list = kinds.map((kind) => blobs[kind]!)
    const commitments = kinds.map((kind) => bytes(fixtures[kind]!.commitment))
    const proofs = kinds.map((kind) => bytes(fixtures[kind]!.blobProof))
    t.true(kzg.verifyBlobKzgProofBatch([], [], []))
    t.true(kzg.verifyBlobKzgProofBatch(list.slice(0, 1), commitments.slice(0, 1), proofs.slice(0, 1)))
    t.true(kzg.verifyBlobKzgProofBatch(list, commitments, proofs))
    t.false(kzg.verifyBlobKzgProofBatch(list, commitments, proofs.with(0, proofs[1]!).with(1, proofs[0]!)))
    t.false(kzg.verifyBlobKzgProofBatch(list, commitments.with(4, commitments[1]!), proofs))
    t.false(kzg.verifyBlobKzgProofBatch(list.with(3, list[0]!), commitments, proofs))
  })

  test(`${backend}: cells verify alone, in any order, repeated and of several rows`, async (t) => {
    const { kzg, cells, proofs, commitment } = await prepared
    const check = (indices: readonly number[]) =>
      kzg.verifyCellKzgProofBatch(
        repeat(commitment, indices.length),
        indices,
        indices.map((i) => cells[i]!),
        indices.map((i) => proofs[i]!),
      )
    t.true(check([]))
    t.true(check([0]))
    t.true(check([127]))
    t.true(check([5, 3, 99, 3, 64]))
    t.true(
      kzg.verifyCellKzgProofBatch(
        [multiple(2n), commitment, infinity],
        [7, 8, 9],
        [constantCell(2n), cells[8]!, constantCell(0n)],
        [infinity, proofs[8]!, infinity],
      ),
    )
  })

  test(`${backend}: each altered part of a cell's claim makes it false`, async (t) => {
    const { kzg, cells, proofs, commitment } = await prepared
    const wrong: readonly (readonly [Uint8Array, number, Uint8Array, Uint8Array])[] = [
      [multiple(5n), 9, cells[9]!, proofs[9]!],
      [negated(commitment), 9, cells[9]!, proofs[9]!],
      [commitment, 10, cells[9]!, proofs[9]!],
      [commitment, 9, cells[9]!.with(31, cells[9]![31]! ^ 1), proofs[9]!],
      [commitment, 9, cells[9]!.with(2047, cells[9]![2047]! ^ 1), proofs[9]!],
      [commitment, 9, cells[9]!, proofs[10]!],
      [commitment, 9, cells[9]!, negated(proofs[9]!)],
      [commitment, 9, cells[9]!, infinity],
      [infinity, 9, cells[9]!, proofs[9]!],
    ]
    for (const [c, index, cell, proof] of wrong) {
      t.false(kzg.verifyCellKzgProofBatch([c], [index], [cell], [proof]))
      t.false(
        kzg.verifyCellKzgProofBatch([commitment, c], [3, index], [cells[3]!, cell], [proofs[3]!, proof]),
      )
    }
    // Two errors that cancel in a sum without weights.
    t.false(
      kzg.verifyCellKzgProofBatch(
        [multiple(3n), multiple(3n)],
        [4, 4],
        [constantCell(2n), constantCell(4n)],
        [infinity, infinity],
      ),
    )
  })

  test(`${backend}: restores a row from any half, and from more`, async (t) => {
    const { kzg, cells, proofs } = await prepared
    const halves: Readonly<Record<string, (i: number) => boolean>> = {
      first: (i) => i < 64,
      second: (i) => i >= 64,
      even: (i) => i % 2 === 0,
      scattered: (i) => (i * 37) % 128 < 64,
      'one more': (i) => i < 65,
      all: () => true,
    }
    for (const [name, isKept] of Object.entries(halves)) {
      const indices = all.filter(isKept)
      const kept = indices.map((i) => cells[i]!)
      t.is(digestOf(kzg.recoverCells(indices, kept)), fixtures.random!.cells, name)
    }
    const indices = all.filter(halves.scattered!)
    const [restored, restoredProofs] = kzg.recoverCellsAndKzgProofs(
      indices,
      indices.map((i) => cells[i]!),
    )
    t.is(digestOf(restored), fixtures.random!.cells)
    t.is(digestOf(restoredProofs), digestOf(proofs))
  })

  test(`${backend}: what cannot be restored is refused`, async (t) => {
    const { kzg, cells } = await prepared
    const refuse = (indices: readonly number[], given: readonly Uint8Array[]) => {
      for (const recover of [kzg.recoverCells, kzg.recoverCellsAndKzgProofs]) {
        const error = t.throws(() => recover(indices, given))
        t.true(hasCode(error, 'malformed-input'), error?.message)
      }
    }
    const half = all.slice(0, 64)
    const given = cells.slice(0, 64)
    refuse(half.slice(1), given.slice(1))
    refuse([], [])
    refuse(half, given.slice(1))
    refuse(half.with(63, 62), given)
    refuse(half.with(0, 1).with(1, 0), given)
    refuse(half.with(63, 128), given)
    refuse(half.with(0, -1), given)
    refuse(half.with(0, 0.5), given)
    refuse([...all, 128], [...cells, cells[0]!])
    refuse(half, given.with(5, new Uint8Array(2047)))
    refuse(half, given.with(5, given[5]!.slice().fill(255, 0, 32)))
    // 65 cells that lie on no polynomial of degree below 4,096.
    refuse(all.slice(0, 65), cells.slice(0, 65).with(64, cells[0]!))
    refuse(all, cells.with(1, cells[0]!))
  })

  test(`${backend}: claims over combined points are judged as those over their sums`, async (t) => {
    const { kzg, blob, cells, proofs, commitment } = await prepared
    const other = randomBlob('other')
    const otherCommitment = kzg.blobToKzgCommitment(other)
    const [otherCells, otherProofs] = kzg.computeCellsAndKzgProofs(other)
    const gamma = scalar(hashed('gamma'))
    const points = [commitment, otherCommitment, proofs[70]!, otherProofs[70]!, infinity]
    const cell = field.combine([cells[70]!, otherCells[70]!], [scalar(1n), gamma])
    const terms = (...list: readonly (readonly [number, Uint8Array])[]): readonly LinearTerm[] =>
      list.map(([index, factor]) => ({ index, scalar: factor }))
    const one = scalar(1n)
    const claim: CellClaim = {
      commitment: terms([0, one], [1, gamma]),
      cellIndex: 70,
      cell,
      proof: terms([2, one], [3, gamma]),
    }
    const single: CellClaim = {
      commitment: terms([0, one]),
      cellIndex: 70,
      cell: cells[70]!,
      proof: terms([2, one]),
    }
    t.true(kzg.verifyCellClaims([], []))
    t.true(kzg.verifyCellClaims(points, []))
    t.true(kzg.verifyCellClaims(points, [claim]))
    t.true(kzg.verifyCellClaims(points, [claim, single, claim]))
    t.false(kzg.verifyCellClaims(points, [single, { ...claim, cell: cells[70]! }]))
    t.false(kzg.verifyCellClaims(points, [{ ...claim, cellIndex: 71 }]))
    t.false(kzg.verifyCellClaims(points, [{ ...claim, proof: terms([2, one]) }]))
    t.false(kzg.verifyCellClaims(points, [{ ...claim, commitment: terms([0, gamma], [1, one]) }]))
    // Terms that say nothing, twice the same, or cancel: empty sums, 0 * P, infinity, P + (-P), P in two parts.
    const minus = scalar(-1n)
    const nothing: CellClaim = { commitment: [], cellIndex: 3, cell: new Uint8Array(2048), proof: [] }
    t.true(kzg.verifyCellClaims(points, [nothing]))
    t.true(
      kzg.verifyCellClaims(points, [
        { ...nothing, commitment: terms([0, scalar(0n)]), proof: terms([4, one]) },
      ]),
    )
    t.true(kzg.verifyCellClaims(points, [{ ...nothing, commitment: terms([0, one], [0, minus]) }]))
    t.true(
      kzg.verifyCellClaims(points, [
        { ...single, commitment: terms([0, gamma], [0, scalar(1n - hashed('gamma'))], [1, scalar(0n)]) },
      ]),
    )
    t.false(kzg.verifyCellClaims(points, [{ ...nothing, cell: constantCell(1n) }]))
    t.deepEqual(
      kzg.combinePoints([commitment, otherCommitment], [one, gamma]),
      kzg.blobToKzgCommitment(field.combine([blob, other], [one, gamma])),
    )
  })

  test(`${backend}: sums of points are exact where points meet, cancel and vanish`, async (t) => {
    const kzg = await creating.promise
    const sum = (...terms: readonly (readonly [point: bigint, factor: bigint])[]) =>
      kzg.combinePoints(
        terms.map(([point]) => multiple(point)),
        terms.map(([, factor]) => scalar(factor)),
      )
    t.deepEqual(sum(), infinity)
    t.deepEqual(sum([1n, 0n]), infinity)
    t.deepEqual(sum([0n, 5n]), infinity)
    t.deepEqual(sum([1n, 1n]), multiple(1n))
    t.deepEqual(sum([1n, 1n], [1n, 1n]), multiple(2n))
    t.deepEqual(sum([1n, 1n], [-1n, 1n]), infinity)
    t.deepEqual(sum([1n, 1n], [1n, -1n]), infinity)
    t.deepEqual(sum([3n, -1n], [2n, 1n], [1n, 1n]), infinity)
    t.deepEqual(sum([1n, BLS_MODULUS - 1n]), multiple(-1n))
    t.deepEqual(sum(...Array.from({ length: 100 }, () => [1n, 1n] as const)), multiple(100n))
    t.deepEqual(
      sum(...Array.from({ length: 40 }, (_, i) => [i % 2 === 0 ? 7n : -7n, hashed(`${i >> 1}`)] as const)),
      infinity,
    )
    const terms = Array.from({ length: 30 }, (_, i) => [BigInt(i), hashed(`term ${i}`)] as const)
    t.deepEqual(sum(...terms), multiple(terms.reduce((total, [p, f]) => total + p * f, 0n)))
  })

  for (const [name, point] of Object.entries(hostilePoints)) {
    test(`${backend}: ${name} is refused wherever a point is expected`, async (t) => {
      const { kzg, blob, cells, proofs, commitment } = await prepared
      const proof = proofs[0]!
      const [z, one] = [scalar(5n), scalar(1n)]
      const honest = [{ index: 0, scalar: one }]
      const claim = { commitment: honest, cellIndex: 0, cell: cells[0]!, proof: [{ index: 1, scalar: one }] }
      const combined = { ...claim, proof: [{ index: 1, scalar: scalar(2n) }] }
      for (const [what, attempt] of Object.entries({
        'proof of an opening': () => kzg.verifyKzgProof(commitment, z, z, point),
        'commitment of an opening': () => kzg.verifyKzgProof(point, z, z, proof),
        'commitment of a new blob proof': () => kzg.computeBlobKzgProof(blob, point),
        'commitment of a blob proof': () => kzg.verifyBlobKzgProof(blob, point, proof),
        'blob proof': () => kzg.verifyBlobKzgProof(blob, commitment, point),
        'commitment in a batch': () => kzg.verifyBlobKzgProofBatch([blob], [point], [proof]),
        'proof in a batch': () =>
          kzg.verifyBlobKzgProofBatch([blob, blob], [commitment, commitment], [proof, point]),
        'commitment of a cell': () => kzg.verifyCellKzgProofBatch([point], [0], [cells[0]!], [proof]),
        'proof of a cell': () => kzg.verifyCellKzgProofBatch([commitment], [0], [cells[0]!], [point]),
        'point of a claim': () => kzg.verifyCellClaims([commitment, point], [claim]),
        'point of a combined claim': () => kzg.verifyCellClaims([commitment, point], [combined]),
        'point of no claim': () => kzg.verifyCellClaims([commitment, proof, point], [claim]),
        'point times zero': () =>
          kzg.verifyCellClaims(
            [commitment, point],
            [{ ...claim, proof: [{ index: 1, scalar: scalar(0n) }] }],
          ),
        'point of no claim at all': () => kzg.verifyCellClaims([point], []),
        'point of a sum': () => kzg.combinePoints([commitment, point], [one, one]),
        'point of a sum, times zero': () => kzg.combinePoints([point], [scalar(0n)]),
      })) {
        const error = t.throws(attempt, undefined, what)
        t.true(hasCode(error, 'malformed-input'), `${what}: ${error?.message}`)
      }
    })
  }

  for (const [name, wrong] of Object.entries(hostileScalars)) {
    test(`${backend}: ${name} is refused wherever a field element is expected`, async (t) => {
      const { kzg, blob, cells, proofs, commitment } = await prepared
      const z = scalar(5n)
      const altered = (bytesOfMany: Uint8Array, at: number) => {
        const copy = bytesOfMany.slice()
        copy.set(wrong, 32 * at)
        return copy
      }
      const claim: CellClaim = { commitment: [], cellIndex: 0, cell: new Uint8Array(2048), proof: [] }
      for (const [what, attempt] of Object.entries({
        'z of a new proof': () => kzg.computeKzgProof(blob, wrong),
        z: () => kzg.verifyKzgProof(commitment, wrong, z, proofs[0]!),
        y: () => kzg.verifyKzgProof(commitment, z, wrong, proofs[0]!),
        'first element of a blob': () => kzg.blobToKzgCommitment(altered(blob, 0)),
        'last element of a blob': () => kzg.blobToKzgCommitment(altered(blob, 4095)),
        'element of a blob to open': () => kzg.computeKzgProof(altered(blob, 77), z),
        'element of a blob to prove': () => kzg.computeBlobKzgProof(altered(blob, 78), commitment),
        'element of a blob to verify': () =>
          kzg.verifyBlobKzgProof(altered(blob, 79), commitment, proofs[0]!),
        'element of a batch': () =>
          kzg.verifyBlobKzgProofBatch(
            [blob, altered(blob, 0)],
            [commitment, commitment],
            [proofs[0]!, proofs[0]!],
          ),
        'element of a blob to extend': () => kzg.computeCells(altered(blob, 80)),
        'element of a blob to extend and prove': () => kzg.computeCellsAndKzgProofs(altered(blob, 4095)),
        'element of a cell': () =>
          kzg.verifyCellKzgProofBatch([commitment], [0], [altered(cells[0]!, 63)], [proofs[0]!]),
        'element of a claim': () => kzg.verifyCellClaims([], [{ ...claim, cell: altered(cells[0]!, 0) }]),
        'scalar of a claim': () =>
          kzg.verifyCellClaims([commitment], [{ ...claim, proof: [{ index: 0, scalar: wrong }] }]),
        'scalar of a sum': () => kzg.combinePoints([commitment], [wrong]),
      })) {
        const error = t.throws(attempt, undefined, what)
        t.true(hasCode(error, 'malformed-input'), `${what}: ${error?.message}`)
      }
    })
  }

  test(`${backend}: wrong lengths, counts and indices are refused`, async (t) => {
    const { kzg, blob, cells, proofs, commitment } = await prepared
    const [cell, proof, z] = [cells[0]!, proofs[0]!, scalar(1n)]
    const claim: CellClaim = { commitment: [], cellIndex: 0, cell, proof: [] }
    const term = { index: 1, scalar: z }
    const attempts: (() => unknown)[] = [
      ...wrongLengths(131_072).flatMap((wrong) => [
        () => kzg.blobToKzgCommitment(wrong),
        () => kzg.computeKzgProof(wrong, z),
        () => kzg.computeBlobKzgProof(wrong, commitment),
        () => kzg.verifyBlobKzgProof(wrong, commitment, proof),
        () => kzg.verifyBlobKzgProofBatch([wrong], [commitment], [proof]),
        () => kzg.computeCells(wrong),
        () => kzg.computeCellsAndKzgProofs(wrong),
      ]),
      ...wrongLengths(48).flatMap((wrong) => [
        () => kzg.computeBlobKzgProof(blob, wrong),
        () => kzg.verifyKzgProof(wrong, z, z, proof),
        () => kzg.verifyKzgProof(commitment, z, z, wrong),
        () => kzg.verifyBlobKzgProof(blob, wrong, proof),
        () => kzg.verifyBlobKzgProof(blob, commitment, wrong),
        () => kzg.verifyCellKzgProofBatch([wrong], [0], [cell], [proof]),
        () => kzg.verifyCellKzgProofBatch([commitment], [0], [cell], [wrong]),
        () => kzg.verifyCellClaims([wrong], []),
        () => kzg.combinePoints([wrong], [z]),
      ]),
      ...wrongLengths(32).flatMap((wrong) => [
        () => kzg.computeKzgProof(blob, wrong),
        () => kzg.verifyKzgProof(commitment, wrong, z, proof),
        () => kzg.verifyKzgProof(commitment, z, wrong, proof),
        () => kzg.combinePoints([commitment], [wrong]),
      ]),
      ...wrongLengths(2048).flatMap((wrong) => [
        () => kzg.verifyCellKzgProofBatch([commitment], [0], [wrong], [proof]),
        () => kzg.verifyCellClaims([], [{ ...claim, cell: wrong }]),
      ]),
      ...[-1, 128, 0.5, Number.NaN, 2 ** 32, 2 ** 53].flatMap((index) => [
        () => kzg.verifyCellKzgProofBatch([commitment], [index], [cell], [proof]),
        () => kzg.verifyCellClaims([], [{ ...claim, cellIndex: index }]),
        () => kzg.verifyCellClaims([commitment], [{ ...claim, proof: [{ ...term, index }] }]),
      ]),
      () => kzg.verifyCellClaims([commitment], [{ ...claim, commitment: [term] }]),
      () => kzg.verifyBlobKzgProofBatch([blob], [commitment], []),
      () => kzg.verifyBlobKzgProofBatch([blob], [], [proof]),
      () => kzg.verifyBlobKzgProofBatch([], [commitment], [proof]),
      () => kzg.verifyCellKzgProofBatch([commitment, commitment], [0], [cell], [proof]),
      () => kzg.verifyCellKzgProofBatch([commitment], [], [cell], [proof]),
      () => kzg.verifyCellKzgProofBatch([commitment], [0], [], [proof]),
      () => kzg.verifyCellKzgProofBatch([commitment], [0], [cell], []),
      () => kzg.combinePoints([commitment], []),
      () => kzg.blobToKzgCommitment('0x00' as unknown as Uint8Array),
    ]
    for (const attempt of attempts) {
      const error = t.throws(attempt, undefined, String(attempt))
      t.true(hasCode(error, 'malformed-input'), `${attempt}: ${error?.message}`)
    }
  })
}

const field = createFieldTwin()
const all: readonly number[] = Array.from({ length: 128 }, (_, i) => i)
/** Root of unity of order 4,096: 7^((r-1)/4096). */
const OMEGA = power(7n, (BLS_MODULUS - 1n) / 4096n)

const bytes = (hex: string): Uint8Array => fromHex(hex)!
const repeat = <T>(value: T, count: number): readonly T[] => new Array<T>(count).fill(value)

const constantCell = (value: bigint): Uint8Array => {
  const cell = new Uint8Array(2048)
  for (let i = 0; i < 64; i++) cell.set(scalar(value), 32 * i)
  return cell
}

/** -P of a point that is not infinity. */
const negated = (point: Uint8Array): Uint8Array => point.with(0, point[0]! ^ 0x20)

const reversed = (value: number, width: number): number => {
  let result = 0
  for (let i = 0; i < width; i++) result |= ((value >> i) & 1) << (width - 1 - i)
  return result
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let e = exponent, square = base; e > 0n; e >>= 1n, square = (square * square) % BLS_MODULUS) {
    if (e & 1n) result = (result * square) % BLS_MODULUS
  }
  return result
}
