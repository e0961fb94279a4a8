// Which columns a node keeps: validators by their place in genesis, so that any two thirds of them hold a block many
// times over; full nodes by their peer id, as EIP-7594 computes custody groups. Ids can be ground, so no security
// rests on the latter.

import { sha256 } from '@noble/hashes/sha2.js'
import { COLUMNS } from './limits.ts'

/** Columns that a validator keeps: half of all, so that it can restore the rest. */
export const VALIDATOR_CUSTODY = 64

/** Validator i of n: the 64 consecutive columns (mod 128) from floor(128 * i / n), ascending. */
export const validatorCustody = (index: number, validators: number): readonly number[] => {
  const first = Math.floor((COLUMNS * index) / validators)
  return Array.from({ length: VALIDATOR_CUSTODY }, (_, i) => (first + i) % COLUMNS).sort((a, b) => a - b)
}

/** Columns of a node that is no validator: `count` (0..128) from its peer id's bytes (the multihash), ascending. */
export const fullNodeCustody = (peerId: Uint8Array, count: number): readonly number[] =>
  custodyGroups(sha256(peerId), count)

/**
 * EIP-7594's get_custody_groups with 128 groups, a group being a column. `nodeId` is 32 bytes, big-endian.
 * Throws RangeError unless 0 <= count <= 128.
 */
export const custodyGroups = (nodeId: Uint8Array, count: number): readonly number[] => {
  if (!Number.isSafeInteger(count) || count < 0 || count > COLUMNS) {
    throw new RangeError(`expected a custody of 0 to ${COLUMNS} columns, got ${count}`)
  }
  if (nodeId.length !== 32) throw new RangeError(`expected a node id of 32 bytes, got ${nodeId.length}`)
  if (count === COLUMNS) return Array.from({ length: COLUMNS }, (_, column) => column)
  // The EIP hashes the id as a little-endian uint256, and adds one for each further draw.
  const id = nodeId.toReversed()
  const groups = new Set<number>()
  while (groups.size < count) {
    // The first 8 bytes of the hash as a little-endian integer, mod 128: the low 7 bits of byte 0.
    groups.add(sha256(id)[0]! % COLUMNS)
    increment(id)
  }
  return [...groups].sort((a, b) => a - b)
}

/** Adds one to a little-endian integer in place, modulo 2^256. */
const increment = (littleEndian: Uint8Array): void => {
  for (let i = 0; i < littleEndian.length; i++) {
    littleEndian[i] = (littleEndian[i]! + 1) & 0xff
    if (littleEndian[i] !== 0) return
  }
}
