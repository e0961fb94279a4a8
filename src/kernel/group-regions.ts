// The work regions of the group's operations, made once per instance in the kernel's memory.

import { BYTES_PER_AFFINE } from './group-kernel.ts'
import type { KernelInstance } from './load.ts'
import { BYTES_PER_FIELD_ELEMENT, FIELD_ELEMENTS_PER_BLOB } from './parameters.ts'

/** Points that are worked on at a time; lists of more go through in chunks. */
export const MOST_POINTS = 4096
/** A commitment's entries (20 windows of 4,096 points) and buckets (windows of 13 bits, signed). */
const MOST_ENTRIES = 81_920
const MOST_BUCKETS = 4097
/** Sums on their way: 128 groups of 8 bits, with the groups' sums. */
const MOST_TERMS = 128 * 9

export interface GroupRegions {
  /** 4,096 points as bytes. */
  readonly io: number
  /** 4,096 scalars of 32 bytes. */
  readonly scalars: number
  /** 4,096 points in limbs, and twice as many. */
  readonly points: number
  readonly second: number
  readonly terms: number
  /** One point. */
  readonly result: number
}

/** The regions of an instance: taken at the first call, the same ones afterwards. */
export const createGroupRegions = (instance: KernelInstance): GroupRegions => {
  const known = made.get(instance)
  if (known !== undefined) return known
  const regions = makeGroupRegions(instance)
  made.set(instance, regions)
  return regions
}

const made = new WeakMap<KernelInstance, GroupRegions>()

const makeGroupRegions = ({ exports: wasm, arena }: KernelInstance): GroupRegions => {
  const point: number = wasm.pointSize.value
  const start = arena.mark()
  arena.take(wasm.placeSums(start, MOST_ENTRIES, MOST_BUCKETS) - start)
  return {
    io: arena.take(MOST_POINTS * BYTES_PER_AFFINE),
    scalars: arena.take(FIELD_ELEMENTS_PER_BLOB * BYTES_PER_FIELD_ELEMENT),
    points: arena.take(MOST_POINTS * point),
    second: arena.take(2 * MOST_POINTS * point),
    terms: arena.take(MOST_TERMS * point),
    result: arena.take(point),
  }
}
