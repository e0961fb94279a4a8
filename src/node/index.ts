// The public entry of the package: building nodes in a program of one's own. The command line (`weft`) and the HTTP
// API are made of the same functions. KZG by itself is the entry `weft-da/kzg`.

export { WeftError } from '../base/error.ts'
export type { Logger } from '../base/log.ts'
export { silent } from '../base/log.ts'
export type { Metrics } from '../base/metrics.ts'
export { noMetrics } from '../base/metrics.ts'
export { createBlstBls } from '../chain/bls-blst.ts'
export { secretKeyOfSeed } from '../chain/bls-keygen.ts'
export type { Genesis, Validator } from '../chain/containers.ts'
export { createGenesis, genesisDefaults, validateGenesis } from '../chain/genesis.ts'
export { genesisToJson, parseGenesis } from '../chain/genesis-json.ts'
export type { Certified, Receipt, ReceiptCode } from '../chain/receipt.ts'
export { verifyReceipt } from '../chain/verify-receipt.ts'
export { blobIdOf, FLAG_ALIGNED, FLAG_RAW, namespaceOf } from '../grid/blob.ts'
export { createFullNode, type FullNodeComponents } from './full.ts'
export { type FullNodeInit, type LightNodeInit, nodeDefaults } from './init.ts'
export { createLightNode, type LightNodeComponents } from './light.ts'
export type { RestoreAnswer, RestoredBlob, RestoreFigures } from './restore-block.ts'
export type {
  BlobInput,
  BlobState,
  BlockAnswer,
  BlockName,
  ByteRange,
  FailureCode,
  FinalBlock,
  FinalHeader,
  Finality,
  FullNode,
  LightNode,
  LocateAnswer,
  Missing,
  NamespaceBlock,
  NodeEvent,
  NodeEvents,
  NodeStatus,
  ReadAnswer,
  RowName,
  RowsAnswer,
  SampleOutcome,
  SubmitErrorCode,
  SubmitOptions,
  Ticket,
} from './types.ts'
