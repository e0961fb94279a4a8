// What the devnet found out, as data: `weft devnet --json` prints it, the table at the end is made of it.

import type { Claim } from './claims.ts'

export interface PublishedBlob {
  readonly blobId: string
  /** Name of the rollup. */
  readonly namespace: string
  readonly file: string
  /** Bytes. */
  readonly length: number
}

export interface BlockReport {
  readonly height: number
  readonly root: string
  /** Name of the validator that made it. */
  readonly proposer: string
  readonly rowCount: number
  readonly bands: number
  readonly blobs: readonly PublishedBlob[]
  /** Validators in the finalize certificate. */
  readonly signers: number
}

export interface LightReport {
  readonly node: string
  readonly height: number
  readonly root: string
  readonly verdict: 'available' | 'unavailable'
  /** Tiles drawn, and how many of them could not be had. */
  readonly samples: number
  readonly failed: number
  readonly bytes: number
  readonly ms: number
}

export interface ReadBackReport {
  readonly node: string
  readonly blobId: string
  readonly file: string
  readonly length: number
  /** Whether the bytes are those of the file. */
  readonly equal: boolean
  readonly source: 'store' | 'peers'
  readonly ms: number
}

export interface WithheldReport {
  readonly height: number
  readonly root: string
  readonly proposer: string
  readonly rowCount: number
  readonly columnsOut: number
  readonly columnsToRestore: number
  readonly light: readonly LightReport[]
  readonly notariseCertificate: boolean
  readonly finalizeCertificate: boolean
  readonly nilCertificate: boolean
  /** Newest final height when the run ended. */
  readonly finalHeight: number
}

export interface Report {
  readonly ok: boolean
  readonly blocks: readonly BlockReport[]
  readonly light: readonly LightReport[]
  readonly readBack: readonly ReadBackReport[]
  readonly withheld: WithheldReport | Record<string, never>
  readonly claims: readonly Claim[]
  readonly ms: number
  /** Folder of the run, where it was kept. */
  readonly folder?: string
}

/** What the steps add to. */
export interface Findings {
  readonly blocks: BlockReport[]
  readonly light: LightReport[]
  readonly readBack: ReadBackReport[]
  withheld?: WithheldReport
}
