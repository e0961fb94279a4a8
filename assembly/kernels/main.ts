// What the module exports.

export {
  PAIR as frPair,
  read as frRead,
  write as frWrite,
  multiply as frMultiply,
  scale as frScale,
  centre as frCentre,
  fold as frFold,
  ONE as frOne,
} from './fr'
export {
  transformDit,
  transformDif,
  rowsDit,
  rowsDif,
  geometric,
  spread,
  lane,
  swapHalves,
  invert as frInvert,
  invertAll as frInvertAll,
  vanishing,
  productRows,
  derivedRows,
  accumulateScaled,
} from './transform'

/** First byte after the module's own static data. */
export const heap: usize = __heap_base
export { isFused } from './platform'
export {
  PAIR as fpPair,
  read as fpRead,
  write as fpWrite,
  multiply as fpMultiply,
  square as fpSquare,
  add as fpAdd,
  subtract as fpSubtract,
  ONE as fpOne,
} from './fp'
export {
  POINT as pointSize,
  queueAddition,
  queueDoubling,
  flush,
  invertFirst as fpInvertFirst,
} from './batch'
export { placeSums } from './buckets'
export { groupBytes, fillTables, biasScalars, fixedSums, fixedWindows } from './fixed'
export { readPoints, writePoints } from './points'
export { decompressPoints, offCurve, outsideSubgroup } from './curve'
export { endomorphism, variableSum } from './variable'
export { cellProofs } from './proofs'
export { placeTower } from './tower'
export { pairingProduct, placePairing } from './pairing'
