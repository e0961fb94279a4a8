// What a simulated node has on disk, as far as gathering, voting and serving need it. A write takes as long as a synced
// one was measured to take.

import { toHex } from '../../src/base/bytes.ts'
import type { Announcement, Certificate, Column, Proposal } from '../../src/chain/containers.ts'
import type { BlockStore, CertificateStore, FinalStore, FinalTip } from '../../src/chain/ports.ts'

export type MemoryStore = Pick<
  BlockStore,
  'putAnnouncement' | 'getAnnouncement' | 'getProposal' | 'putBlock' | 'getColumn' | 'heldColumns'
> &
  CertificateStore &
  Pick<FinalStore, 'finalTip' | 'finalRoots' | 'earliestHeight'> & {
    /** Resolves after a synced write. */
    sync(): Promise<void>
    noteFinal(tip: FinalTip): void
  }

export const createMemoryStore = (syncMs: number): MemoryStore => {
  const announcements = new Map<string, Announcement>()
  const proposals = new Map<string, Proposal>()
  const columns = new Map<string, Map<number, Column>>()
  const certificates = new Map<string, Certificate>()
  let tip: FinalTip | undefined
  const sync = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, syncMs))
  return {
    sync,
    noteFinal(next) {
      if (tip === undefined || next.height > tip.height) tip = next
    },
    async putAnnouncement(root, announcement) {
      announcements.set(toHex(root), announcement)
    },
    getAnnouncement: async (root) => announcements.get(toHex(root)),
    getProposal: async (root) => proposals.get(toHex(root)),
    async putBlock(root, proposal, held) {
      await sync()
      proposals.set(toHex(root), proposal)
      columns.set(toHex(root), new Map(held.map((column) => [column.index, column])))
    },
    getColumn: async (root, index) => columns.get(toHex(root))?.get(index),
    heldColumns: async (root) => [...(columns.get(toHex(root))?.keys() ?? [])],
    async putCertificate(certificate) {
      await sync()
      certificates.set(`${certificate.kind}/${certificate.height}`, certificate)
    },
    getCertificate: async (kind, height) => certificates.get(`${kind}/${height}`),
    async *certificates(start, count) {
      for (let height = start; height < start + count; height++) {
        for (const kind of [0, 1, 2]) {
          const certificate = certificates.get(`${kind}/${height}`)
          if (certificate !== undefined) yield certificate
        }
      }
    },
    finalTip: async () => tip,
    async *finalRoots() {},
    earliestHeight: async () => 0,
  }
}
