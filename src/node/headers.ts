// The headers that a full node knows above its final block. A header is handed to consensus once it has been judged
// against its parent; one whose parent is unknown waits, bounded, until the parent comes.

import { createBoundedMap } from '../base/bounded-map.ts'
import { equal, toHex } from '../base/bytes.ts'
import type { Logger } from '../base/log.ts'
import type { Verdict } from '../base/verdict.ts'
import type { Announcement, Header, SignedHeader } from '../chain/containers.ts'
import { MAX_HEADERS_PER_HEIGHT } from '../chain/header-rules.ts'
import type { BlockStore, EvidenceStore, HeaderEvidence } from '../chain/ports.ts'
import { headerRoot } from '../chain/signing.ts'

export interface HeadersComponents {
  readonly store: Pick<BlockStore, 'getAnnouncement' | 'putAnnouncement' | 'getProposal'>
  /** Clauses that need the parent: height and timestamp. */
  readonly judgeAgainstParent: (header: Header, parent: Pick<Header, 'height' | 'timestamp'>) => Verdict
  /** The header is valid: for consensus. */
  readonly onHeader: (root: Uint8Array, header: Header) => void
  /** A leader signed more than one header of its height: both are kept, and anyone can check them. */
  readonly onEquivocation: (evidence: HeaderEvidence) => void
  /** Up to it headers that come are old, and none of this is asked any more. */
  readonly finalHeight: () => number
  readonly log: Logger
}

export interface HeadersInit {
  /** The first block's parent: height 0, root the chain id, genesis's timestamp. */
  readonly genesis: { readonly root: Uint8Array; readonly timestamp: number }
}

export interface Headers {
  /** Takes a header whose signature and own clauses hold; stores it with its commitments. */
  introduce(announcement: Announcement): Promise<void>
  /**
   * Notes a header whose signature holds, however it came: with an announcement, a proposal or a column. False where
   * two others of its height are known, which are evidence enough.
   */
  see(root: Uint8Array, signed: SignedHeader): boolean
  /** Knows again the headers of `count` heights from `start` on that were known before a restart. */
  recall(
    stored: Pick<BlockStore, 'rootsAt'> & Pick<EvidenceStore, 'evidence'>,
    start: number,
    count: number,
  ): Promise<void>
  /** Hands a header that is known, here or on disk, to consensus once more. False where it is unknown. */
  offer(root: Uint8Array): Promise<boolean>
  /** The block is stored, whichever way it came: headers that waited for it as their parent go on. */
  connectChildren(root: Uint8Array): Promise<void>
  get(root: Uint8Array): Promise<SignedHeader | undefined>
  /** Number of different headers seen of a leader's height; more than two are not relayed. */
  seenAt(height: number): readonly Uint8Array[]
}

/** Headers that wait for a parent. */
const MAX_ORPHANS = 256
/** Heights whose headers are remembered for the limit of two. */
const MAX_HEIGHTS = 4_096
/** A header takes 2.5 KB of the heap, with its nine roots and their objects. */
const MAX_HEADERS = 256

interface Seen {
  readonly root: Uint8Array
  readonly signed: SignedHeader
}

export const createHeaders = (init: HeadersInit, components: HeadersComponents): Headers => {
  /** Introduced in this life; what was only read from the disk is in `read` and may still be introduced. */
  const known = createBoundedMap<string, SignedHeader>(MAX_HEADERS)
  const read = createBoundedMap<string, SignedHeader>(MAX_HEADERS)
  const seen = createBoundedMap<number, readonly Seen[]>(MAX_HEIGHTS)
  const orphans = createBoundedMap<string, SignedHeader>(MAX_ORPHANS)

  const get = async (root: Uint8Array): Promise<SignedHeader | undefined> => {
    const key = toHex(root)
    const own = known.get(key) ?? read.get(key)
    if (own !== undefined) return own
    const stored =
      (await components.store.getAnnouncement(root)) ?? (await components.store.getProposal(root))
    if (stored !== undefined) read.set(key, stored.header)
    return stored?.header
  }

  const parentOf = async (header: Header): Promise<Pick<Header, 'height' | 'timestamp'> | undefined> => {
    if (equal(header.parentRoot, init.genesis.root)) return { height: 0, timestamp: init.genesis.timestamp }
    return (await get(header.parentRoot))?.message
  }

  const connect = async (root: Uint8Array, signed: SignedHeader): Promise<void> => {
    const parent = await parentOf(signed.message)
    if (parent === undefined) {
      orphans.set(toHex(root), signed)
      return
    }
    const verdict = components.judgeAgainstParent(signed.message, parent)
    if (verdict.verdict !== 'accept') {
      components.log.warn(
        { root: toHex(root), height: signed.message.height, verdict },
        'a header does not fit its parent',
      )
      return
    }
    components.onHeader(root, signed.message)
    await connectChildren(root)
  }

  const connectChildren = async (root: Uint8Array): Promise<void> => {
    for (const [key, orphan] of [...orphans.entries()]) {
      if (!equal(orphan.message.parentRoot, root)) continue
      orphans.delete(key)
      await connect(headerRoot(orphan.message), orphan)
    }
  }

  const see = (root: Uint8Array, signed: SignedHeader): boolean => {
    const { height } = signed.message
    const others = seen.get(height) ?? []
    if (others.some((other) => equal(other.root, root))) return true
    if (others.length >= MAX_HEADERS_PER_HEIGHT) return false
    seen.set(height, [...others, { root, signed }])
    const finalHeight = components.finalHeight()
    seen.dropWhile((_, old) => old <= finalHeight)
    const [first] = others
    if (first !== undefined) components.onEquivocation({ first: first.signed, second: signed })
    return true
  }

  const recall: Headers['recall'] = async (stored, start, count) => {
    // Before the headers themselves, so that a pair that was found once is not found anew.
    for await (const { first, second } of stored.evidence(start, count)) {
      const both = [first, second].map((signed) => ({ root: headerRoot(signed.message), signed }))
      seen.set(first.message.height, both)
    }
    for (let height = start; height < start + count; height++) {
      for (const root of await stored.rootsAt(height)) {
        const signed = await get(root)
        if (signed !== undefined) see(root, signed)
      }
    }
  }

  return {
    get,
    see,
    recall,
    connectChildren,
    async offer(root) {
      const signed = await get(root)
      if (signed !== undefined) await connect(root, signed)
      return signed !== undefined
    },
    async introduce(announcement) {
      const { message } = announcement.header
      const root = headerRoot(message)
      const key = toHex(root)
      if (known.has(key)) return
      see(root, announcement.header)
      known.set(key, announcement.header)
      await components.store.putAnnouncement(root, announcement)
      await connect(root, announcement.header)
    },
    seenAt: (height) => (seen.get(height) ?? []).map(({ root }) => root),
  }
}
