// Says in words what happens to blocks that carry blobs, each thing once, when the first node tells of it; and what
// happens at heights that go by without a block. Empty blocks, which only keep the chain alive, are passed over.

import type { NodeEvent } from '../../node/types.ts'
import type { BlockRecord, Chronicle } from './chronicle.ts'
import { isValidator, VALIDATORS } from './names.ts'
import type { Screen } from './screen.ts'

/** Begins to tell; the returned function ends it. */
export const narrate = (chronicle: Chronicle, { say }: Pick<Screen, 'say'>): (() => void) => {
  const told = new Set<string>()
  return chronicle.onChange((node, event) => {
    const block = chronicle.block(event.root)
    const line = describe(node, event, block)
    if (line === undefined || told.has(line)) return
    told.add(line)
    say(line)
  })
}

/** A line about an event, or undefined where it is not worth one. The same for every node that tells the same. */
export const describe = (
  node: string,
  event: NodeEvent,
  block: BlockRecord | undefined,
): string | undefined => {
  if (event.type === 'certificate' && event.kind === 'nil') {
    return `height ${event.height} goes by without a block: the validators certified nil`
  }
  if (block === undefined || block.rowCount === 0) return undefined
  const { height } = block
  switch (event.type) {
    case 'header':
      return `${VALIDATORS[block.proposer] ?? 'somebody'} proposes block ${height}: ${rowsIn(block)}`
    case 'available':
      return isValidator(node)
        ? `${node} has restored block ${height} from columns, checked all of it and put it on disk`
        : `${node} has its columns of block ${height}, checked and on disk`
    case 'certificate':
      return event.kind === 'notarise'
        ? `block ${height} is notarised: more than two thirds signed that they had all of it`
        : `block ${height} is final: more than two thirds signed that they will never skip it`
    default:
      return undefined
  }
}

/** `25 rows in 8 bands` */
export const rowsIn = ({ rowCount, bands }: Pick<BlockRecord, 'rowCount' | 'bands'>): string =>
  `${rowCount} ${rowCount === 1 ? 'row' : 'rows'} in ${bands} ${bands === 1 ? 'band' : 'bands'}`
