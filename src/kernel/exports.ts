// What a kernel module exports, as TypeScript sees it. Addresses are byte offsets in the memory that the host made.
// A "pair" is two elements, one per lane; its size differs between the two modules (`frPair`, `fpPair`).

export interface KernelExports {
  /** First byte after the module's static data. */
  readonly heap: WebAssembly.Global
  readonly frPair: WebAssembly.Global
  /** Where the pair (1, 1) lies. */
  readonly frOne: WebAssembly.Global
  /** n pairs from 32-byte big-endian scalars: lane 0 from bytes0 on, lane 1 from bytes1 on. 1 if all are below r. */
  frRead(o: number, bytes0: number, bytes1: number, n: number): number
  frWrite(bytes0: number, bytes1: number, a: number, n: number): void
  frMultiply(o: number, a: number, b: number, n: number): void
  frScale(o: number, a: number, n: number, single: number): void
  frCentre(o: number, a: number, n: number): void
  frInvert(o: number, a: number, exponent: number): void
  frInvertAll(a: number, n: number, work: number, exponent: number): void
  transformDit(x: number, n: number, twiddles: number, cross: number): void
  transformDif(x: number, n: number, twiddles: number, cross: number): void
  rowsDit(x: number, rows: number, count: number, twiddles: number): void
  rowsDif(x: number, rows: number, count: number, twiddles: number): void
  geometric(o: number, start: number, ratio: number, n: number): void
  spread(table: number, cross: number, n: number): void
  lane(o: number, pair: number, which: number): void
  swapHalves(o0: number, o1: number, u: number, v: number, n: number): void
  vanishing(values: number, nodes: number, rows: number, zeros: number, missing: number, count: number): void
  restoreRows(
    x: number,
    rows: number,
    count: number,
    forward: number,
    backward: number,
    at: number,
    inverse: number,
    shift: number,
    unshift: number,
  ): void
  accumulateScaled(o: number, u: number, n: number, w: number): void
  /** 1 if what the module's arithmetic rests on holds here (fused relaxed_madd); always 1 for the integer module. */
  isFused(): number
}
