// Roots that caches keep.

import test from 'ava'
import { treeRootOf } from '../../src/base/tree-root.ts'
import { HeaderType } from '../../src/chain/containers.ts'

test('a root holds its own 32 bytes in memory and not the pool that it was computed in', (t) => {
  const header = HeaderType.defaultValue()
  t.deepEqual(Buffer.from(treeRootOf(HeaderType, header)), Buffer.from(HeaderType.hashTreeRoot(header)))
  t.is(treeRootOf(HeaderType, header).buffer.byteLength, 32)
})
