// What of the setup goes into which file, byte by byte. A verifier loads `verify` alone (46 KB), a publisher that only
// commits `commit` too, a prover all three.
//
//   verify.bin    64 x  96   tau^i * G1, i = 0..63          interpolation polynomials of cells
//                  3 x 192   tau^i * G2, i = 0, 1, 64       second arguments of the pairings
//            3 x 68 x 192   their lines (lines.ts)         the same, as the pairing kernel takes them
//   commit.bin  4096 x  96   Lagrange points, bit-reversed order (the row's)
//   prove.bin   8192 x  96   FK20: 128 groups of 64 transformed points
//
// Points are affine, x then y, big-endian; coordinates of G2 are c1 then c0.

import { linesOf } from './lines.ts'
import type { Source } from './source.ts'

/** The files' contents by name. */
export const layOut = ({
  monomial,
  lagrange,
  g2,
  proofPoints,
}: Source): Readonly<Record<string, Uint8Array>> => ({
  verify: verifyPart(monomial.slice(0, 64), [g2[0]!, g2[1]!, g2[64]!]),
  commit: new Uint8Array(Buffer.concat(lagrange.map((_, i) => lagrange[reverseBits(i, 12)]!))),
  prove: new Uint8Array(Buffer.concat(proofPoints)),
})

const verifyPart = (powers: readonly Uint8Array[], second: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(Buffer.concat([...powers, ...second, ...second.map(linesOf)]))

const reverseBits = (value: number, width: number): number => {
  let reversed = 0
  for (let i = 0; i < width; i++) reversed |= ((value >> i) & 1) << (width - 1 - i)
  return reversed
}
