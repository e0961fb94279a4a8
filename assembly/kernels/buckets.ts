// Sums of points times scalars by buckets. All sums of this project are made of the same three steps:
//
//   walk     a list of entries (bucket, point or its negative) is added up bucket by bucket. In one batch a bucket
//            can take one point; entries that meet a bucket in use are deferred, and when too many are, they are
//            added up as trees, so that a list that hits few buckets costs no more than one that hits all.
//   reduce   sum of b * bucket_b for each group of 2^(w-1) buckets: sums of rows and of columns of a rectangle of
//            buckets, then for each bit of b the sum of what has it set.
//   horner   sum of 2^k times the sum of bit k, for all groups in step.
//
// Fixed points come with tables of 2^(w j) P, so that all digits of a scalar share one group of buckets.

import { copyPoint } from './fp'
import {
  flush,
  isInfinity,
  placeBatch,
  POINT,
  queueAddition,
  queueDoubling,
  queueLength,
  setInfinity,
} from './batch'

/** Entries that may be deferred before they are added up as trees. */
const DEFERRED: i32 = 6144
/** Additions of a batch. */
const BATCH: i32 = 1024

const EMPTY: u32 = 0
const FILLED: u32 = 1

let entries: usize = 0
let entryCount: i32 = 0
let buckets: usize = 0
let stamps: usize = 0
let bucketCount: i32 = 0
let deferred: usize = 0
let deferredCount: i32 = 0
/** Segments of a tree reduction: first and count per segment, and what they refer to. */
let firsts: usize = 0
let counts: usize = 0
let fills: usize = 0
let members: usize = 0
/** Points that trees make on their way. */
let nodes: usize = 0
let nextNode: usize = 0
let nodeLimit: i32 = 0

/**
 * Lays the work regions out from `at` on: `most` entries, `mostBuckets` buckets. Returns where they end.
 */
export function placeSums(at: usize, most: i32, mostBuckets: i32): usize {
  const segments = <usize>mostBuckets + 4096
  entries = align(placeBatch(at))
  buckets = align(entries + <usize>most * 8)
  stamps = buckets + <usize>mostBuckets * POINT
  deferred = stamps + <usize>mostBuckets * 4
  firsts = align(deferred + <usize>(DEFERRED + BATCH) * 8)
  counts = firsts + segments * 4
  fills = counts + segments * 4
  members = fills + segments * 4
  nodeLimit = 2 * mostBuckets + DEFERRED + BATCH
  nodes = align(members + <usize>(2 * nodeLimit) * 4)
  return nodes + <usize>nodeLimit * POINT
}

@inline
function align(at: usize): usize {
  return (at + 15) & ~15
}

export function startSums(count: i32): void {
  entryCount = 0
  bucketCount = count
}

/** Adds the point (negated if bit 0 is set) to a bucket, later. */
@inline
export function addEntry(bucket: i32, point: usize): void {
  const at = entries + <usize>entryCount * 8
  store<u32>(at, <u32>bucket)
  store<u32>(at, <u32>point, 4)
  entryCount++
}

/** The w bits from `bit` on of a scalar in four little-endian words. */
@inline
export function windowOf(scalar: usize, bit: i32, w: i32): i32 {
  const word = bit >> 6
  const shift = bit & 63
  if (word > 3) return 0
  let value = load<u64>(scalar + ((<usize>word) << 3)) >> shift
  if (shift + w > 64 && word < 3) value |= load<u64>(scalar + ((<usize>word) << 3), 8) << (64 - shift)
  return <i32>(value & (((<u64>1) << w) - 1))
}

/** Walks all entries into the buckets. */
export function walk(): void {
  memory.fill(stamps, 0, <usize>bucketCount * 4)
  deferredCount = 0
  let stamp: u32 = 2
  let at = entries
  const end = entries + <usize>entryCount * 8
  while (true) {
    // Those deferred come first.
    let kept = 0
    for (let i = 0; i < deferredCount; i++) {
      const entry = deferred + <usize>i * 8
      const bucket = load<u32>(entry)
      const point = load<u32>(entry, 4)
      if (queueLength() >= BATCH - 2 || !put(bucket, point, stamp)) {
        defer(kept++, bucket, point)
      }
    }
    deferredCount = kept
    while (at < end && queueLength() < BATCH - 2 && deferredCount < DEFERRED) {
      const bucket = load<u32>(at)
      const point = load<u32>(at, 4)
      at += 8
      if (!put(bucket, point, stamp)) defer(deferredCount++, bucket, point)
    }
    const filled = queueLength()
    flush()
    stamp++
    if (deferredCount >= DEFERRED || (at >= end && filled < BATCH >> 1)) drain()
    if (at >= end && deferredCount == 0) return
  }
}

@inline
function defer(i: i32, bucket: u32, point: u32): void {
  const entry = deferred + <usize>i * 8
  store<u32>(entry, bucket)
  store<u32>(entry, point, 4)
}

/** Puts a point into its bucket; false if the bucket is in this batch already. */
@inline
function put(bucket: u32, point: u32, stamp: u32): bool {
  const state = stamps + <usize>bucket * 4
  const place = buckets + <usize>bucket * POINT
  const seen = load<u32>(state)
  if (seen == stamp) return false
  if (seen == EMPTY) {
    copyPoint(place, point)
    store<u32>(state, FILLED)
  } else {
    store<u32>(state, stamp)
    queueAddition(place, point, place)
  }
  return true
}

/** Adds up what is deferred, together with its buckets, as trees. */
function drain(): void {
  if (deferredCount == 0) return
  memory.fill(counts, 0, <usize>bucketCount * 4)
  for (let i = 0; i < deferredCount; i++) increment(counts, load<u32>(deferred + <usize>i * 8))
  let next: u32 = 0
  for (let b = 0; b < bucketCount; b++) {
    const at = <usize>b * 4
    const count = load<u32>(counts + at)
    store<u32>(firsts + at, next)
    if (count == 0) continue
    store<u32>(members + ((<usize>next) << 2), <u32>(buckets + <usize>b * POINT))
    store<u32>(counts + at, count + 1)
    store<u32>(fills + at, next + 1)
    next += count + 1
  }
  for (let i = 0; i < deferredCount; i++) {
    const entry = deferred + <usize>i * 8
    const place = increment(fills, load<u32>(entry))
    store<u32>(members + ((<usize>place) << 2), load<u32>(entry, 4))
  }
  nextNode = nodes
  reduceSegments(bucketCount)
  for (let b = 0; b < bucketCount; b++) {
    const at = <usize>b * 4
    if (load<u32>(counts + at) == 0) continue
    const first = load<u32>(firsts + at)
    memory.copy(buckets + <usize>b * POINT, load<u32>(members + ((<usize>first) << 2)), POINT)
  }
  deferredCount = 0
}

/** Adds one to a counter and returns what it was. */
@inline
function increment(array: usize, i: u32): u32 {
  const at = array + ((<usize>i) << 2)
  const value = load<u32>(at)
  store<u32>(at, value + 1)
  return value
}

/** Adds up the members of every segment, level by level; leaves at most one. */
function reduceSegments(count: i32): void {
  let more = true
  while (more) {
    more = false
    for (let s = 0; s < count; s++) {
      const size = load<u32>(counts + <usize>s * 4)
      if (size < 2) continue
      if (size > 2) more = true
      const first = members + ((<usize>load<u32>(firsts + <usize>s * 4)) << 2)
      const half = size >> 1
      for (let i: u32 = 0; i < half; i++) {
        const two = first + ((<usize>i) << 3)
        queueAddition(load<u32>(two), load<u32>(two, 4), nextNode)
        store<u32>(first + ((<usize>i) << 2), <u32>nextNode)
        nextNode += POINT
      }
      if (size & 1) store<u32>(first + ((<usize>half) << 2), load<u32>(first + ((<usize>(size - 1)) << 2)))
      store<u32>(counts + <usize>s * 4, half + (size & 1))
    }
    flush()
  }
}

let segmentCount: i32 = 0
let memberCount: u32 = 0

@inline
function startSegments(): void {
  segmentCount = 0
  memberCount = 0
}

@inline
function startSegment(): void {
  store<u32>(firsts + <usize>segmentCount * 4, memberCount)
  store<u32>(counts + <usize>segmentCount * 4, 0)
  segmentCount++
}

@inline
function addMember(point: usize): void {
  increment(counts, segmentCount - 1)
  store<u32>(members + ((<usize>memberCount) << 2), <u32>point)
  memberCount++
}

/** What a segment came to; 0 if it was empty. */
@inline
function sumOf(segment: i32): usize {
  if (load<u32>(counts + <usize>segment * 4) == 0) return 0
  return load<u32>(members + ((<usize>load<u32>(firsts + <usize>segment * 4)) << 2))
}

/**
 * For each group of buckets 0 .. 2^(w-1) the sums over buckets whose number has bit k set, k < w: to
 * o + (group * w + k) points. Rows and columns first: with b = 2^low * row + column, bits of b are bits of either.
 */
export function reduceBuckets(groups: i32, w: i32, o: usize): void {
  const low = w >> 1
  const columns = 1 << low
  const rows = (1 << (w - 1 - low)) + 1
  const perGroup = (1 << (w - 1)) + 1
  nextNode = nodes
  startSegments()
  for (let g = 0; g < groups; g++) {
    for (let r = 0; r < rows; r++) {
      startSegment()
      for (let c = 0; c < columns; c++) addBucket(g, (r << low) + c, perGroup)
    }
    for (let c = 0; c < columns; c++) {
      startSegment()
      for (let r = 0; r < rows; r++) addBucket(g, (r << low) + c, perGroup)
    }
  }
  reduceSegments(segmentCount)
  // The sums move out of the way, into the buckets, which are not needed any more.
  const sums = rows + columns
  for (let s = 0; s < groups * sums; s++) {
    const sum = sumOf(s)
    store<u32>(fills + <usize>s * 4, <u32>sum)
  }
  const first = nextNode
  startSegments()
  for (let g = 0; g < groups; g++) {
    for (let k = 0; k < w; k++) {
      startSegment()
      const ofColumn = k < low
      const bit = ofColumn ? k : k - low
      const count = ofColumn ? columns : rows
      const base = g * sums + (ofColumn ? rows : 0)
      for (let i = 0; i < count; i++) {
        const sum = load<u32>(fills + <usize>(base + i) * 4)
        if ((i >> bit) & 1 && sum != 0) addMember(sum)
      }
    }
  }
  nextNode = first
  reduceSegments(segmentCount)
  for (let s = 0; s < segmentCount; s++) {
    const to = o + <usize>s * POINT
    const sum = sumOf(s)
    if (sum == 0) setInfinity(to)
    else copyPoint(to, sum)
  }
}

@inline
function addBucket(group: i32, b: i32, perGroup: i32): void {
  if (b >= perGroup) return
  const i = group * perGroup + b
  if (load<u32>(stamps + <usize>i * 4) != EMPTY) addMember(buckets + <usize>i * POINT)
}

/** o[g] = sum of 2^k * terms[g * count + k] for each group. */
export function horner(groups: i32, count: i32, terms: usize, o: usize): void {
  for (let g = 0; g < groups; g++) {
    memory.copy(o + <usize>g * POINT, terms + <usize>(g * count + count - 1) * POINT, POINT)
  }
  for (let k = count - 2; k >= 0; k--) {
    for (let g = 0; g < groups; g++) queueDoubling(o + <usize>g * POINT, o + <usize>g * POINT)
    flush()
    for (let g = 0; g < groups; g++) {
      queueAddition(o + <usize>g * POINT, terms + <usize>(g * count + k) * POINT, o + <usize>g * POINT)
    }
    flush()
  }
}
