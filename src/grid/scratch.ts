// Memory that one call needs and nothing between calls. New memory for each column of a block of 256 rows is 128 MiB
// that nobody collects before they are there.

/** So many bytes, the same memory each time; what lies in it is left from the call before. */
export type Scratch = (sizeBytes: number) => Uint8Array<ArrayBuffer>

/** Creates scratch memory of the largest size that was asked for so far. */
export const createScratch = (): Scratch => {
  let memory = new Uint8Array(0)
  return (sizeBytes) => {
    if (memory.length < sizeBytes) memory = new Uint8Array(sizeBytes)
    return memory.subarray(0, sizeBytes)
  }
}
