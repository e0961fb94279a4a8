// The cells of a column in SSZ: a list of N byte vectors of 2,048 bytes. What is decoded lies in one piece of memory of its
// own, where SSZ makes a buffer for each vector: 256 in a column and 32,768 in a block of 256 rows, out of which the C
// library gives nothing back to the system.

import { ByteVectorType, ListCompositeType } from '@chainsafe/ssz'
import { MAX_COMMITMENTS } from './limits.ts'

const Cell = new ByteVectorType(2_048)

class CellList extends ListCompositeType<typeof Cell> {
  override value_deserializeFromBytes(
    data: Parameters<ListCompositeType<typeof Cell>['value_deserializeFromBytes']>[0],
    start: number,
    end: number,
    reuseBytes = false,
  ): Uint8Array[] {
    if (reuseBytes) return super.value_deserializeFromBytes(data, start, end, true)
    const uint8Array = new Uint8Array(data.uint8Array.subarray(start, end))
    const own = { uint8Array, dataView: new DataView(uint8Array.buffer) }
    return super.value_deserializeFromBytes(own, 0, uint8Array.length, true)
  }
}

/** `List[ByteVector[2048], 256]`. */
export const CellsType: ListCompositeType<typeof Cell> = new CellList(Cell, MAX_COMMITMENTS)
