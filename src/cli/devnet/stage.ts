// What every step of the devnet works with, and the small things that several steps do.

import { toHex, utf8 } from '../../base/bytes.ts'
import { deadline, sleep } from '../../base/deadline.ts'
import { blobIdOf, namespaceOf } from '../../grid/blob.ts'
import type { BlockRecord, Chronicle } from './chronicle.ts'
import type { Claims } from './claims.ts'
import { LIGHT_NODES, type NodeName, VALIDATORS } from './names.ts'
import type { Devnet } from './network.ts'
import type { BlockReport, Findings, LightReport, PublishedBlob } from './report.ts'
import type { Screen } from './screen.ts'
import type { Source } from './sources.ts'

export interface Stage {
  readonly devnet: Devnet
  readonly chronicle: Chronicle
  readonly screen: Screen
  readonly claims: Claims
  readonly findings: Findings
  /** Aborts when the run is to end: Ctrl-C, or a node that crashed. */
  readonly signal: AbortSignal
  readonly sources: readonly Source[]
}

/** A blob that was published, with what the devnet knows of it from before. */
export interface Published extends PublishedBlob {
  readonly data: Uint8Array
  readonly through: NodeName
}

/** `work` with a time limit; what took too long is named. */
export const within = async <T>(
  { signal }: Pick<Stage, 'signal'>,
  ms: number,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const limit = deadline(ms, signal)
  try {
    return await work(limit)
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (limit.aborted) throw new Error(`expected ${what} within ${ms / 1000} s`, { cause: error })
    throw error
  }
}

/** Publishes through a node, checks the blobId against our own, and says so. */
export const publish = async (
  stage: Stage,
  through: NodeName,
  { file, data, namespace }: Source & { readonly namespace: string },
  signal: AbortSignal,
): Promise<Published> => {
  const bytes = namespaceOf(utf8(namespace))
  const blobId = toHex(blobIdOf({ namespace: bytes, flags: 0, data }))
  const ticket = await stage.devnet
    .node(through)
    .client.publish({ namespace: toHex(bytes), flags: 0, data }, { signal })
  if (ticket.blobId !== blobId)
    throw new Error(`expected blobId ${blobId}, ${through} answered ${ticket.blobId}`)
  return { blobId, namespace, file, length: data.length, data, through }
}

const POLL_MS = 250

/** Root of the certified block that holds a blob, as soon as the node that took it says so. */
export const certifiedIn = async (stage: Stage, blob: Published, signal: AbortSignal): Promise<string> => {
  const { client } = stage.devnet.node(blob.through)
  for (;;) {
    const { state, root, code } = await client.blobState(blob.blobId, { signal })
    if (state === 'certified' && root !== undefined) return root
    if (state === 'failed') throw new Error(`expected ${blob.file} to be certified, it failed: ${code}`)
    await sleep(POLL_MS, signal)
  }
}

/** The record of a block that holds blobs, once a finalize certificate of it was seen. */
export const certifiedBlock = (stage: Stage, root: string, signal: AbortSignal): Promise<BlockRecord> =>
  stage.chronicle.until(() => {
    const block = stage.chronicle.block(root)
    return block !== undefined && (block.certificates.has('finalize') || block.finalFor.size > 0)
      ? block
      : undefined
  }, signal)

export const blockReport = (block: BlockRecord, blobs: readonly PublishedBlob[]): BlockReport => ({
  height: block.height,
  root: block.root,
  proposer: VALIDATORS[block.proposer] ?? String(block.proposer),
  rowCount: block.rowCount,
  bands: block.bands,
  blobs: blobs.map(({ blobId, namespace, file, length }) => ({ blobId, namespace, file, length })),
  signers: block.certificates.get('finalize') ?? 0,
})

/** What every light node says of a block, once all have said it. */
export const lightVerdicts = (
  stage: Stage,
  block: BlockRecord,
  signal: AbortSignal,
): Promise<readonly LightReport[]> =>
  stage.chronicle.until(() => {
    const reports = LIGHT_NODES.flatMap((node): LightReport[] => {
      const verdict = block.verdicts.get(node)
      return verdict === undefined ? [] : [{ node, height: block.height, root: block.root, ...verdict }]
    })
    return reports.length === LIGHT_NODES.length ? reports : undefined
  }, signal)
