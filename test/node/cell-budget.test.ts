import test from 'ava'
import { createCellBudget } from '../../src/node/cell-budget.ts'

/** Holds blocks of 10 bytes. */
const holderOf = (blocks: number, kept = 0) => ({
  blocks,
  get bytes() {
    return 10 * this.blocks
  },
  letGo(bytes: number) {
    this.blocks = Math.max(kept, this.blocks - Math.ceil(bytes / 10))
  },
})

test('what can be had again gives way: what was read, then restored blocks, then kept ones', (t) => {
  const budget = createCellBudget(100)
  const coming = holderOf(5, 3)
  const read = holderOf(2)
  const restored = holderOf(3)
  budget.join('coming', coming)
  budget.join('restored', restored)
  budget.join('read', read)
  t.is(budget.makeRoom(0), 0)
  t.deepEqual([read.blocks, restored.blocks, coming.blocks], [2, 3, 5])
  t.is(budget.makeRoom(15), 0)
  t.deepEqual([read.blocks, restored.blocks, coming.blocks], [0, 3, 5])
  t.is(budget.makeRoom(60), 0)
  t.deepEqual([read.blocks, restored.blocks, coming.blocks], [0, 0, 4])
  // What is left cannot be had again.
  t.is(budget.makeRoom(75), 5)
  t.deepEqual([read.blocks, restored.blocks, coming.blocks], [0, 0, 3])
})
