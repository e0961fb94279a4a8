// What hostile validators and full nodes do. The silent neither speak nor forward (server-node.ts). Those that withhold vote and
// lead, but send some columns of their blocks to nobody, forward none of others, and never answer a question for data.
// Liars send columns whose path leads elsewhere, and answer with other cells than they were asked for.

import type { Column } from '../../src/chain/containers.ts'
import type { Publishing, StreamHandlers } from '../../src/chain/ports.ts'
import { lyingColumn, lyingTile } from './content.ts'
import type { Behaviour, Scenario } from './scenario.ts'

/** The publishing of a node that behaves so. */
export const publishingOf = (
  behaviour: Behaviour,
  { withheldColumns }: Pick<Scenario, 'withheldColumns'>,
  publish: Publishing,
): Publishing => {
  if (behaviour === 'withholding')
    return {
      ...publish,
      column: async (column) => (column.index < withheldColumns ? 0 : publish.column(column)),
    }
  if (behaviour === 'lying') return { ...publish, column: (column) => publish.column(lyingColumn(column)) }
  return publish
}

/** Its answers; undefined where it takes questions and says nothing. */
export const answersOf = (behaviour: Behaviour, serving: StreamHandlers): StreamHandlers | undefined => {
  if (behaviour === 'honest') return serving
  if (behaviour !== 'lying') return undefined
  return {
    ...serving,
    async *columns(request, from) {
      for await (const column of serving.columns(request, from)) yield lyingColumn(column)
    },
    async *tiles(request, from) {
      for await (const tile of serving.tiles(request, from)) yield lyingTile(tile)
    },
  }
}

/** What it does with a column of somebody else's that it has found valid: forward it, or send its own lie. */
export const forwards = (behaviour: Behaviour, column: Column, publish: Publishing): boolean => {
  if (behaviour === 'lying') void publish.column(column)
  return behaviour === 'honest'
}
