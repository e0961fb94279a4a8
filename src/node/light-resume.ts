// What a light node knew when it stopped: its newest certificate and the headers below it, judged again as if a peer
// had sent them, so that a damaged database is no worse than a lying peer.

import type { Announcement, Certificate } from '../chain/containers.ts'
import type { BlockStore, CertificateStore, FinalStore } from '../chain/ports.ts'
import { KIND } from '../chain/signing.ts'
import type { FinalHeader, LightChain } from '../sampling/light-chain.ts'

/** Headers that are taken up again at most: what the light chain keeps. */
const MAX_HEADERS = 1_024

export const resumeLightChain = async (
  chain: Pick<LightChain, 'certify' | 'announce'>,
  store: Pick<FinalStore, 'finalTip' | 'finalRoots'> &
    Pick<BlockStore, 'getAnnouncement'> &
    Pick<CertificateStore, 'getCertificate'>,
): Promise<readonly FinalHeader[]> => {
  const tip = await store.finalTip()
  if (tip === undefined) return []
  const start = Math.max(1, tip.height - MAX_HEADERS + 1)
  const headers: Announcement[] = []
  for await (const { root } of store.finalRoots(start, tip.height - start + 1)) {
    const announcement = await store.getAnnouncement(root)
    if (announcement !== undefined) headers.push(announcement)
  }
  const finals: FinalHeader[] = []
  let isCertified = false
  for (const announcement of headers.toReversed()) {
    const { height } = announcement.header.message
    const certificate: Certificate | undefined = isCertified
      ? undefined
      : await store.getCertificate(KIND.finalize, height)
    if (certificate !== undefined) isCertified = chain.certify(certificate).verdict.verdict === 'accept'
    if (isCertified) finals.push(...chain.announce(announcement).finals)
  }
  return finals.toReversed()
}
