// What @chainsafe/ssz wants of Node's `Buffer`, for pages, where there is none: its list types write their length with one.
// Imported for its effect by the rooms that make such types, before they do. Where there is a Buffer nothing happens.

const withWriter = (bytes: Uint8Array) =>
  Object.assign(bytes, {
    /** At most 6 bytes, so that it stays within the safe integers. */
    writeUIntLE(value: number, offset: number, count: number): number {
      let rest = value
      for (let i = 0; i < count; i++) {
        bytes[offset + i] = rest % 256
        rest = Math.floor(rest / 256)
      }
      return offset + count
    },
  })

export const pageBuffer = {
  from: (buffer: ArrayBufferLike, offset: number, length: number) =>
    withWriter(new Uint8Array(buffer, offset, length)),
  alloc: (size: number) => withWriter(new Uint8Array(size)),
  /** For other programs of the page that ask before they use it. */
  isBuffer: () => false,
}

if (!('Buffer' in globalThis)) {
  Object.defineProperty(globalThis, 'Buffer', { value: pageBuffer, configurable: true, writable: true })
}
