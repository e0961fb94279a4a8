// What consensus begins with after a start: the final block, and every certificate, signing record and stored block
// above it.

import { equal } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import { type Chain, genesisBlock } from '../chain/chain.ts'
import type { Certificate, Header } from '../chain/containers.ts'
import { judgeHeaderParent } from '../chain/header-rules.ts'
import type { SigningRecord, Store } from '../chain/ports.ts'
import type { ConsensusInput, FinalBlock, RestoredBlock } from '../consensus/types.ts'

/** Heights above the final one that a start looks at; further ones come by certificates from peers. */
const MAX_HEIGHTS = 4_096

export const restoreState = async (
  chain: Chain,
  store: Store,
  custodyCount: number,
): Promise<Extract<ConsensusInput, { type: 'start' }>> => {
  const final = await finalBlock(chain, store)
  const certificates: Certificate[] = []
  for await (const certificate of store.certificates(final.height + 1, MAX_HEIGHTS))
    certificates.push(certificate)
  const records: SigningRecord[] = []
  for await (const record of store.signingRecords(final.height + 1)) records.push(record)
  const heights = [...certificates, ...records].map(({ height }) => height)
  const highest = heights.reduce((most, height) => Math.max(most, height), final.height)
  const blocks: RestoredBlock[] = []
  for (let height = Math.max(1, final.height); height <= highest + 1; height++) {
    for (const root of await store.rootsAt(height)) {
      const block = await storedBlock(root, store, custodyCount)
      if (block !== undefined && (equal(root, final.root) || (await fitsParent(block, chain, store))))
        blocks.push(block)
    }
  }
  return { type: 'start', final, certificates, records, blocks, signsFrom: await store.signingFloor() }
}

const finalBlock = async (chain: Chain, store: Store): Promise<FinalBlock> => {
  const tip = await store.finalTip()
  if (tip === undefined) return genesisBlock(chain)
  const header = (await store.getAnnouncement(tip.root)) ?? (await store.getProposal(tip.root))
  return { ...tip, timestamp: header?.header.message.timestamp }
}

/** A header is stored before it is judged against its parent: what consensus begins with is judged here. */
const fitsParent = async ({ header }: StoredBlock, chain: Chain, store: Store): Promise<boolean> => {
  const genesis = genesisBlock(chain)
  const parent = equal(header.parentRoot, genesis.root)
    ? genesis
    : (await store.getAnnouncement(header.parentRoot))?.header.message
  return judgeHeaderParent(header, parent).verdict === 'accept'
}

type StoredBlock = RestoredBlock & { readonly header: Header }

const storedBlock = async (
  root: Uint8Array,
  store: Store,
  custodyCount: number,
): Promise<StoredBlock | undefined> => {
  const announcement = await store.getAnnouncement(root)
  if (announcement === undefined) return undefined
  const header = announcement.header.message
  const proposal = await store.getProposal(root)
  const held = header.rowCount === 0 ? custodyCount : (await store.heldColumns(root)).length
  return { root, header, available: proposal !== undefined && held >= custodyCount }
}

/** How old a final header may be before the node calls itself stale, in milliseconds. */
export const staleAfterMs = ({ genesis }: Chain): number => genesis.idleIntervalMs + 3 * genesis.timeoutMs

export const isStale = (chain: Chain, timestampMs: number | undefined, clock: Clock): boolean =>
  timestampMs === undefined || clock.now() - timestampMs > staleAfterMs(chain)
