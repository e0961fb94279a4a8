// The tree against its definition, written out, and branches against altered ones.

import { createHash } from 'node:crypto'
import test from 'ava'
import { branchOf, isBranch, leadsTo, leafOf, levelsOf, rootOfLevels } from '../../src/grid/merkle.ts'
import { nobleSha256 } from '../../src/grid/sha256.ts'
import { flipped, nodeSha256, replaced } from './support.ts'

const sha = (...parts: readonly (Uint8Array | number[])[]) =>
  new Uint8Array(
    createHash('sha256')
      .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
      .digest(),
  )
const leaves = Array.from({ length: 4 }, (_, i) => new Uint8Array(100).fill(i))

test('a root over four leaves is as DESIGN writes it', (t) => {
  const [a, b, c, d] = leaves.map((leaf) => sha([0], leaf)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  const expected = sha([1], sha([1], a, b), sha([1], c, d))
  for (const sha256 of [nodeSha256, nobleSha256]) {
    const levels = levelsOf(
      sha256,
      leaves.map((leaf) => leafOf(sha256, leaf)),
    )
    t.deepEqual(rootOfLevels(levels), expected)
    t.deepEqual([...branchOf(levels, 2)], [d, sha([1], a, b)])
  }
})

test('a branch leads from its own leaf to its own root and from nothing else', (t) => {
  const hashed = leaves.map((leaf) => leafOf(nodeSha256, leaf))
  const levels = levelsOf(nodeSha256, hashed)
  const root = rootOfLevels(levels)
  hashed.forEach((leaf, index) => {
    const branch = branchOf(levels, index)
    t.true(leadsTo(nodeSha256, root, leaf, index, branch))
    t.false(leadsTo(nodeSha256, root, leaf, index ^ 1, branch))
    t.false(leadsTo(nodeSha256, flipped(root, 31), leaf, index, branch))
    t.false(leadsTo(nodeSha256, root, flipped(leaf, 0), index, branch))
    t.false(
      leadsTo(
        nodeSha256,
        root,
        leaf,
        index,
        replaced(branch, 1, (node) => flipped(node, 5)),
      ),
    )
    t.false(leadsTo(nodeSha256, root, leaf, index, branch.slice(1)))
  })
})

test('a node cannot be passed off as a leaf', (t) => {
  const hashed = leaves.map((leaf) => leafOf(nodeSha256, leaf))
  const levels = levelsOf(nodeSha256, hashed)
  const joined = new Uint8Array(Buffer.concat([hashed[0]!, hashed[1]!]))
  t.notDeepEqual(leafOf(nodeSha256, joined), levels[1]![0])
})

test('branches are judged by number and size, trees by a power of two of leaves', (t) => {
  const node = new Uint8Array(32)
  t.true(isBranch([node, node], 2))
  t.false(isBranch([node], 2))
  t.false(isBranch([node, new Uint8Array(31)], 2))
  t.throws(() => levelsOf(nodeSha256, [node, node, node]), { instanceOf: RangeError })
  t.throws(() => levelsOf(nodeSha256, []), { instanceOf: RangeError })
})
