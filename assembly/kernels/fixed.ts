// Sums over points known in advance, with a table of their multiples: per group of points, for each window j of w
// bits, 2^(w j) times each point. All digits of all scalars of a group then share one group of buckets.

import { flush, POINT, queueDoubling } from './batch'
import { addEntry, horner, reduceBuckets, startSums, walk, windowOf } from './buckets'

/** Windows of w bits, the top one of which needs no sign, for scalars below 2^255. */
@inline
function windowCount(w: i32): i32 {
  return (255 + w - 1) / w + i32(255 % w == 0)
}

/** Bytes of one group's part of a table. */
export function groupBytes(count: i32, w: i32): usize {
  return <usize>(count * windowCount(w)) * POINT
}

/** Fills the tables of `groups` groups; each one's `count` points lie at the beginning of its part. */
export function fillTables(table: usize, groups: i32, count: i32, w: i32): void {
  const level = <usize>count * POINT
  const part = groupBytes(count, w)
  for (let j = 1; j < windowCount(w); j++) {
    for (let k = 0; k < w; k++) {
      for (let g = 0; g < groups; g++) {
        const to = table + <usize>g * part + <usize>j * level
        const from = k == 0 ? to - level : to
        for (let i = 0; i < count; i++) queueDoubling(from + <usize>i * POINT, to + <usize>i * POINT)
      }
      flush()
    }
  }
}

/**
 * Scalars to little-endian words with half a digit added in every window but the top one: digits are then windows less half.
 * Big-endian scalars of 32 bytes at `scalars`, `count` of them; o may be the same place.
 */
export function biasScalars(o: usize, scalars: usize, count: i32, w: i32, windows: i32): void {
  const bias: usize = BIAS
  memory.fill(bias, 0, 32)
  for (let j = 0; j < windows - 1; j++) {
    const bit = w * j + w - 1
    const word = bias + ((<usize>(bit >> 6)) << 3)
    store<u64>(word, load<u64>(word) | ((<u64>1) << (bit & 63)))
  }
  for (let i = 0; i < count; i++) {
    const words = scalars + <usize>i * 32
    const a0 = bswap<u64>(load<u64>(words, 24))
    const a1 = bswap<u64>(load<u64>(words, 16))
    const a2 = bswap<u64>(load<u64>(words, 8))
    const a3 = bswap<u64>(load<u64>(words))
    const to = o + <usize>i * 32
    let carry: u64 = addWord(to, a0, load<u64>(bias), 0)
    carry = addWord(to + 8, a1, load<u64>(bias, 8), carry)
    carry = addWord(to + 16, a2, load<u64>(bias, 16), carry)
    addWord(to + 24, a3, load<u64>(bias, 24), carry)
  }
}

const BIAS: usize = memory.data(32, 16)

@inline
function addWord(to: usize, a: u64, b: u64, carry: u64): u64 {
  const sum = a + b
  const total = sum + carry
  store<u64>(to, total)
  return u64(sum < a) | u64(total < sum)
}

/** Enters digit times the point of a table; digit from a biased scalar. */
@inline
export function enterDigit(firstBucket: i32, window: i32, last: bool, w: i32, point: usize): void {
  const digit = last ? window : window - (1 << (w - 1))
  if (digit > 0) addEntry(firstBucket + digit, point)
  else if (digit < 0) addEntry(firstBucket - digit, point | 1)
}

/**
 * For each group the sum of its points times its scalars, to o. Scalars biased, group by group. `inStep` groups are
 * walked together, window by window, so that few entries of a batch meet in a bucket; `terms` holds groups * w points
 * on the way.
 */
export function fixedSums(
  o: usize,
  scalars: usize,
  groups: i32,
  count: i32,
  table: usize,
  w: i32,
  inStep: i32,
  terms: usize,
): void {
  const windows = windowCount(w)
  const perGroup = (1 << (w - 1)) + 1
  const level = <usize>count * POINT
  const part = groupBytes(count, w)
  for (let g = 0; g < groups; g += inStep) {
    const now = min(inStep, groups - g)
    startSums(now * perGroup)
    for (let j = 0; j < windows; j++) {
      for (let h = 0; h < now; h++) {
        let point = table + <usize>(g + h) * part + <usize>j * level
        let scalar = scalars + <usize>((g + h) * count) * 32
        for (let i = 0; i < count; i++) {
          enterDigit(h * perGroup, windowOf(scalar, j * w, w), j == windows - 1, w, point)
          scalar += 32
          point += POINT
        }
      }
    }
    walk()
    reduceBuckets(now, w, terms + <usize>(g * w) * POINT)
  }
  horner(groups, w, terms, o)
}

/** Windows that `biasScalars` wants for a table of windows of w bits. */
export function fixedWindows(w: i32): i32 {
  return windowCount(w)
}
