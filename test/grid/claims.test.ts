// Finding the wrong groups of a batch by halving, with a verifier that is told which claims are wrong.

import test from 'ava'
import fc from 'fast-check'
import { WeftError } from '../../src/base/error.ts'
import { judgeBatch, judgeGroups, type PointClaim } from '../../src/grid/claims.ts'
import type { KzgVerifier } from '../../src/kzg/port.ts'

const scalar = new Uint8Array(32)
const commitment = new Uint8Array(48)
/** A claim that the verifier below takes as `kind` says; all share one commitment, each has a proof of its own. */
const claim = (kind: 'right' | 'wrong' | 'malformed'): PointClaim => ({
  commitment: [{ point: commitment, scalar }],
  cellIndex: kind === 'right' ? 0 : kind === 'wrong' ? 1 : 2,
  cell: new Uint8Array(2_048),
  proof: [{ point: new Uint8Array(48), scalar }],
})

const createVerifier = () => {
  const verifier = {
    batches: 0,
    points: 0,
    verifyCellClaims: ((points, claims) => {
      verifier.batches++
      verifier.points = points.length
      if (claims.some(({ cellIndex }) => cellIndex === 2))
        throw new WeftError('malformed-input', 'a point', {})
      return claims.every(({ cellIndex }) => cellIndex === 0)
    }) as KzgVerifier['verifyCellClaims'],
  }
  return verifier
}

test('exactly the wrong groups are found, in few batches', (t) => {
  const kind = fc.constantFrom<'right' | 'wrong' | 'malformed'>(
    'right',
    'right',
    'right',
    'right',
    'wrong',
    'malformed',
  )
  fc.assert(
    fc.property(fc.array(fc.array(kind, { minLength: 1, maxLength: 3 }), { maxLength: 40 }), (groups) => {
      const verifier = createVerifier()
      const found = judgeGroups(
        verifier,
        groups.map((kinds) => kinds.map(claim)),
      )
      const expected = groups.map((kinds) =>
        kinds.includes('malformed') ? 'point' : kinds.includes('wrong') ? 'proof' : undefined,
      )
      const wrong = expected.filter((fault) => fault !== undefined).length
      const most = groups.length === 0 ? 0 : 1 + 2 * wrong * Math.ceil(Math.log2(groups.length || 1))
      return JSON.stringify(found) === JSON.stringify(expected) && verifier.batches <= most
    }),
  )
  t.pass()
})

test('a point that many claims share is listed once', (t) => {
  const verifier = createVerifier()
  t.is(judgeBatch(verifier, [claim('right'), claim('right'), claim('right')]), undefined)
  t.is(verifier.points, 4)
  t.deepEqual(judgeGroups(verifier, []), [])
})

test('an error that is not about the input is passed on', (t) => {
  const broken: Pick<KzgVerifier, 'verifyCellClaims'> = {
    verifyCellClaims: () => {
      throw new TypeError('broken')
    },
  }
  t.throws(() => judgeGroups(broken, [[claim('right')]]), { instanceOf: TypeError })
})
