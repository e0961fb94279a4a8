import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import test from 'ava'
import { checkSource } from '../../../assembly/setup/checks.ts'
import { layOut } from '../../../assembly/setup/layout.ts'
import { readSource, type Source } from '../../../assembly/setup/source.ts'
import { setupDigests } from '../../../src/kernel/setup-digests.ts'

const source = await readSource()

const replaced = <T>(list: readonly T[], index: number, value: T): readonly T[] => list.with(index, value)

const refused: Readonly<Record<string, readonly [Source, RegExp]>> = {
  'a list that is too short': [{ ...source, g2: source.g2.slice(1) }, /65 points of G2/],
  'a point off the curve': [
    { ...source, monomial: replaced(source.monomial, 7, source.monomial[7]!.with(95, 1)) },
    /monomial point 7 is not of the subgroup/,
  ],
  // x = 4: on the curve, of another order.
  'a point outside the subgroup': [
    { ...source, proofPoints: replaced(source.proofPoints, 8191, pointAt4()) },
    /proof point 8191 is not of the subgroup/,
  ],
  'a point of G2 off the curve': [
    { ...source, g2: replaced(source.g2, 64, source.g2[64]!.with(191, 1)) },
    /G2 point 64 is not of the subgroup/,
  ],
  'Lagrange points in another order than the official ones': [
    { ...source, lagrange: source.lagrange.toReversed() },
    /Lagrange points of the official file/,
  ],
  'two points of FK20 that changed places': [
    {
      ...source,
      proofPoints: replaced(
        replaced(source.proofPoints, 0, source.proofPoints[1]!),
        1,
        source.proofPoints[0]!,
      ),
    },
    /points of FK20 that belong to the powers/,
  ],
}

for (const [name, [wrong, message]] of Object.entries(refused)) {
  test(`the setup's checks refuse ${name}`, async (t) => {
    await t.throwsAsync(checkSource(wrong), { message })
  })
}

test('the files that were built are the laid out setup with the pinned digests', (t) => {
  for (const [part, bytes] of Object.entries(layOut(source))) {
    const built = readFileSync(new URL(`../../../build/setup/${part}.bin`, import.meta.url))
    t.is(Buffer.compare(built, bytes), 0)
    t.is(createHash('sha256').update(built).digest('hex'), setupDigests[part as keyof typeof setupDigests])
  }
})

function pointAt4(): Uint8Array {
  const p =
    0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn
  let y = 1n
  for (let e = (p + 1n) / 4n, square = 68n; e > 0n; e >>= 1n, square = (square * square) % p) {
    if (e & 1n) y = (y * square) % p
  }
  if ((y * y) % p !== 68n) throw new Error('expected a point with x = 4')
  return new Uint8Array(
    Buffer.from(4n.toString(16).padStart(96, '0') + y.toString(16).padStart(96, '0'), 'hex'),
  )
}
