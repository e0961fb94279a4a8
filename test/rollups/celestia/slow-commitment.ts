// Celestia's share commitment a second time, straight from the words of its specifications and without a line of
// ours: strings of hex, recursion, bigints for the powers of two. Oracle of src/rollups/celestia.

import { createHash } from 'node:crypto'
import type { CelestiaBlob } from '../../../src/rollups/celestia/share.ts'

const hash = (hex: string): string => createHash('sha256').update(Buffer.from(hex, 'hex')).digest('hex')
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

export const slowCommitment = ({ namespace, data, shareVersion, signer }: CelestiaBlob): Uint8Array => {
  const id = hexOf(namespace)
  // Shares: the sequence "length, signer, data" cut into what is left of 512 bytes behind namespace and info byte.
  const sequence =
    data.length.toString(16).padStart(8, '0') + (signer === undefined ? '' : hexOf(signer)) + hexOf(data)
  const shares: string[] = []
  for (let at = 0; at < sequence.length; at += 2 * 482) {
    const info = (2 * shareVersion + (at === 0 ? 1 : 0)).toString(16).padStart(2, '0')
    shares.push((id + info + sequence.slice(at, at + 2 * 482)).padEnd(2 * 512, '0'))
  }

  // Subtrees: the width is the least power of two that makes at most 64 of them, within the least square.
  let width = 1n
  while (width * 64n < BigInt(shares.length)) width *= 2n
  let side = 1n
  while (side * side < BigInt(shares.length)) side *= 2n
  if (side < width) width = side

  const roots: string[] = []
  let rest = shares
  while (rest.length > 0) {
    let size = Number(width)
    while (size > rest.length) size /= 2
    roots.push(namespaced(id, rest.slice(0, size)))
    rest = rest.slice(size)
  }
  return new Uint8Array(Buffer.from(plain(roots), 'hex'))
}

/** minNs || maxNs || H(0 || ns || share), and minNs || maxNs || H(1 || left || right). */
const namespaced = (id: string, shares: readonly string[]): string => {
  if (shares.length === 1) return id + id + hash(`00${id}${shares[0]}`)
  const half = shares.length / 2
  const left = namespaced(id, shares.slice(0, half))
  const right = namespaced(id, shares.slice(half))
  return left.slice(0, 58) + right.slice(58, 116) + hash(`01${left}${right}`)
}

/** RFC 6962: the left side has the largest power of two that is less than all. */
const plain = (leaves: readonly string[]): string => {
  if (leaves.length === 1) return hash(`00${leaves[0]}`)
  const bits = (leaves.length - 1).toString(2).length - 1
  return hash(`01${plain(leaves.slice(0, 2 ** bits))}${plain(leaves.slice(2 ** bits))}`)
}
