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
  /** o_i = u_2i + u_(2i+1) + z (u_2i - u_(2i+1)) w_i for i < n; z is one scalar, 8 bytes a limb. */
  frFold(o: number, u: number, n: number, w: number, z: number): void
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
  vanishing(values: number, nodes: number, rows: number, missing: number, count: number): void
  /** The two steps of restoring rows (transform.ts). */
  productRows(x: number, rows: number, count: number, backward: number, at: number): void
  derivedRows(
    x: number,
    rows: number,
    count: number,
    forward: number,
    degrees: number,
    inverses: number,
    missing: number,
    missingCount: number,
  ): void
  accumulateScaled(o: number, u: number, n: number, w: number): void
  /** 1 if what the module's arithmetic rests on holds here (fused relaxed_madd); always 1 for the integer module. */
  isFused(): number
  readonly fpPair: WebAssembly.Global
  /** Bytes of an affine point in limbs. */
  readonly pointSize: WebAssembly.Global
  fpRead(o: number, bytes0: number, bytes1: number, n: number): number
  fpWrite(bytes0: number, bytes1: number, a: number, n: number): void
  fpMultiply(o: number, a: number, b: number, n: number): void
  fpSquare(o: number, a: number, n: number): void
  fpAdd(o: number, a: number, b: number, n: number): void
  fpSubtract(o: number, a: number, b: number, n: number): void
  /** Both lanes become the inverse of lane 0; 0 if there is none. */
  fpInvertFirst(a: number): number
  /** o = p + q after `flush`; bit 0 of p or q negates. */
  queueAddition(p: number, q: number, o: number): void
  queueDoubling(p: number, o: number): void
  flush(): void
  /** Work regions of all sums from `at` on, for so many entries and buckets; returns where they end. */
  placeSums(at: number, entries: number, buckets: number): number
  groupBytes(count: number, w: number): number
  fillTables(table: number, groups: number, count: number, w: number): void
  /** The two transforms of FK20: 128 sums in, 128 proofs out, in `work` and at `o`. */
  cellProofs(o: number, sums: number, digits: number, work: number): void
  fixedWindows(w: number): number
  biasScalars(o: number, scalars: number, count: number, w: number, windows: number): void
  fixedSums(
    o: number,
    scalars: number,
    groups: number,
    count: number,
    table: number,
    w: number,
    inStep: number,
    terms: number,
  ): void
  /** n points of 96 bytes to limbs; 1 if all coordinates are below p. */
  readPoints(o: number, bytes: number, n: number): number
  writePoints(bytes: number, points: number, n: number): void
  /** These return the number of the first point that fails, or -1. */
  decompressPoints(o: number, bytes: number, n: number): number
  offCurve(points: number, n: number): number
  outsideSubgroup(points: number, n: number, work: number): number
  endomorphism(o: number, points: number, n: number): void
  variableSum(o: number, points: number, scalars: number, n: number, w: number, terms: number): void
  /** Work regions of the tower and of the pairing from `at` on; each returns where it ends. */
  placeTower(at: number): number
  placePairing(at: number): number
  /** The pairings of both lanes' points, multiplied, to their final power: 12 pairs, 1 if the product is 1. */
  pairingProduct(f: number, x: number, y: number, lines: number): void
}
