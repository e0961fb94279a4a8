// The memory of a kernel instance: made once, of fixed size, and handed out from the bottom up while tables are set
// up. Nothing is allocated afterwards, so that no number of calls makes it grow.
//
//   0        heap                                                              24 or 96 MiB
//   | static | field: twiddles, work, bytes | group: work | tables of multiples |  free  |
//   | data   | (every instance)             | (lazily)    | (provers)           |        |
//
// "Work" regions hold what one call needs and nothing between calls.

const PAGE = 65_536
const MIB = 1_048_576

export type MemoryBudget = 'verifier' | 'prover'

/** WASM memory of an instance, in bytes. */
export const memoryBudgets: Readonly<Record<MemoryBudget, number>> = { verifier: 24 * MIB, prover: 96 * MIB }

export const memoryPages = (budget: MemoryBudget): number => memoryBudgets[budget] / PAGE

export interface Arena {
  /** All of the memory. It never grows, so that the view stays good. */
  readonly bytes: Uint8Array
  /** Takes `sizeBytes` bytes for good, 16-byte aligned. RangeError if the budget does not allow it. */
  take(sizeBytes: number): number
  /** Takes the bytes in, and returns where they lie. */
  place(bytes: Uint8Array): number
  /** Bytes not taken yet. */
  free(): number
  /** Where the next region would lie, and a way back to there: for regions needed only while tables are made. */
  mark(): number
  release(mark: number): void
}

export const createArena = (memory: WebAssembly.Memory, heap: number): Arena => {
  const bytes = new Uint8Array(memory.buffer)
  let next = align(heap)
  const take = (sizeBytes: number): number => {
    const at = next
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0 || at + sizeBytes > bytes.length) {
      throw new RangeError(`expected room for ${sizeBytes} bytes in kernel memory, got ${bytes.length - at}`)
    }
    next = align(at + sizeBytes)
    return at
  }
  return {
    bytes,
    take,
    place(source) {
      const at = take(source.length)
      bytes.set(source, at)
      return at
    },
    free: () => bytes.length - next,
    mark: () => next,
    release(mark) {
      next = mark
    },
  }
}

const align = (at: number): number => (at + 15) & ~15
