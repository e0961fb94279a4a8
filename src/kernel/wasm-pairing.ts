// PairingKernel over the WASM module: two Miller loops side by side in the lanes, on lines of the setup's fixed points
// that were computed when the setup was built, and one final power.

import { BYTES_PER_AFFINE } from './group-kernel.ts'
import type { KernelInstance } from './load.ts'
import type { PairingKernel, PairingPower } from './pairing-kernel.ts'
import { BYTES_PER_G1 } from './parameters.ts'

/** Lines of a pairing: 63 doublings and 5 additions, each four numbers of 48 bytes. */
const LINES = 68
const NUMBERS_PER_LINE = 4
/** Bytes of the lines of one point. */
export const BYTES_PER_LINES = LINES * NUMBERS_PER_LINE * BYTES_PER_G1
/** Coefficients of an element of Fp12. */
const COEFFICIENTS = 12

const P = 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn

/** Creates the operation; `lines` holds the lines of G2, tau G2 and tau^64 G2, one after the other. */
export const createPairingKernel = (
  { exports: wasm, arena }: KernelInstance,
  lines: Uint8Array,
): PairingKernel => {
  if (lines.length !== 3 * BYTES_PER_LINES) {
    throw new RangeError(`expected ${3 * BYTES_PER_LINES} bytes of lines, got ${lines.length}`)
  }
  const memory = arena.bytes
  const pair: number = wasm.fpPair.value
  const tables = [1, 2].map(() => arena.take(LINES * NUMBERS_PER_LINE * pair))
  const [x, y] = [arena.take(pair), arena.take(pair)]
  const result = arena.take(COEFFICIENTS * pair)
  const io = arena.take(2 * COEFFICIENTS * BYTES_PER_G1)
  const start = arena.mark()
  arena.take(wasm.placePairing(wasm.placeTower(start)) - start)

  // Lane 0 has the power's lines, lane 1 the generator's.
  const mark = arena.mark()
  const bytes = arena.place(lines)
  tables.forEach((table, i) => {
    const canonical = wasm.fpRead(table, bytes + (i + 1) * BYTES_PER_LINES, bytes, LINES * NUMBERS_PER_LINE)
    if (canonical !== 1) throw new RangeError('expected lines of numbers below p, got others')
  })
  arena.release(mark)

  /** Whether e(left, tau^power G2) * e(-right, G2) = 1; neither is infinity. */
  const isProductOne = (left: Uint8Array, right: Uint8Array, power: PairingPower): boolean => {
    memory.set(left, io)
    memory.set(right.subarray(0, BYTES_PER_G1), io + BYTES_PER_AFFINE)
    memory.set(negated(right.subarray(BYTES_PER_G1)), io + BYTES_PER_AFFINE + BYTES_PER_G1)
    const canonical =
      wasm.fpRead(x, io, io + BYTES_PER_AFFINE, 1) &
      wasm.fpRead(y, io + BYTES_PER_G1, io + BYTES_PER_AFFINE + BYTES_PER_G1, 1)
    if (canonical !== 1) throw new RangeError('expected points with coordinates below p, got others')
    wasm.pairingProduct(result, x, y, tables[power === 1 ? 0 : 1]!)
    const second = io + COEFFICIENTS * BYTES_PER_G1
    wasm.fpWrite(io, second, result, COEFFICIENTS)
    // One: the first coefficient's last byte is 1, all else is 0.
    const coefficients = memory.subarray(io, second)
    return coefficients.every((byte, i) => byte === (i === BYTES_PER_G1 - 1 ? 1 : 0))
  }

  return {
    isBalanced(left, right, power) {
      if (left.length !== BYTES_PER_AFFINE || right.length !== BYTES_PER_AFFINE) {
        throw new RangeError(`expected two affine points, got ${left.length} and ${right.length} bytes`)
      }
      // A pairing is 1 only with infinity.
      const [leftIsInfinity, rightIsInfinity] = [isZero(left), isZero(right)]
      if (leftIsInfinity || rightIsInfinity) return leftIsInfinity && rightIsInfinity
      return isProductOne(left, right, power)
    },
  }
}

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)

/** p - y of a coordinate, which is not zero on a point of odd order. */
const negated = (coordinate: Uint8Array): Uint8Array => {
  let y = 0n
  for (const byte of coordinate) y = (y << 8n) | BigInt(byte)
  let rest = P - y
  const bytes = new Uint8Array(BYTES_PER_G1)
  for (let i = BYTES_PER_G1 - 1; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 255n)
  return bytes
}
