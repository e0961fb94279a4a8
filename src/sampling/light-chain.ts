// What a light node believes of the chain: pure logic over announcements and finalize certificates, whose signatures
// are judged by functions passed in. A header is final if it, or a descendant by parentRoot, has a finalize
// certificate; heights jumped between final headers are empty. The tip is the highest header with a certificate, and
// below it headers are linked by their hashes down to the base (genesis or a trusted header) or to the end of a window.
// Two final headers that exclude each other are never both believed: the later one is refused and reported, since
// more than a third of the weight must have broken the protocol.

import { concat, equal, toHex } from '../base/bytes.ts'
import { accept, ignore, reject, type Verdict } from '../base/verdict.ts'
import type { Announcement, Certificate, Header, SignedHeader } from '../chain/containers.ts'
import { MAX_RANGE, type RangeRequest } from '../chain/containers.ts'
import { MAX_HEADERS_PER_HEIGHT } from '../chain/header-rules.ts'
import { headerRoot, KIND } from '../chain/signing.ts'
import { areCommitmentsOf } from '../grid/roots.ts'

export interface LightChainInit {
  /** What is believed without proof: genesis (height 0, root the chain id) or a trusted final header. */
  readonly base: { readonly height: number; readonly root: Uint8Array; readonly timestampMs?: number }
  /** The tip is stale when its timestamp is older than this, in ms. */
  readonly staleMs: number
  /** How many heights below the tip headers are linked and kept. Default 1,024. */
  readonly window?: number
  /** Headers that are not final yet, at most. Default 256. */
  readonly maxPending?: number
}

export interface LightChainComponents {
  /** Everything that a header must hold by itself: its clauses, its proposer's signature, its commitments. */
  readonly judgeAnnouncement: (announcement: Announcement) => Verdict
  /** Clauses, quorum and aggregate signature of a certificate. */
  readonly judgeCertificate: (certificate: Certificate) => Verdict
}

export interface FinalHeader {
  readonly root: Uint8Array
  readonly announcement: Announcement
}

export interface LightStep {
  readonly verdict: Verdict
  /** Headers that are final since this step, ascending. */
  readonly finals: readonly FinalHeader[]
}

export interface LightChain {
  /** Takes a header. Accepted and new: it should be sampled. */
  announce(announcement: Announcement): LightStep
  /** Takes a certificate; only those of kind finalize say something here. */
  certify(certificate: Certificate): LightStep
  tip(): FinalHeader | undefined
  /** The newest certificate that was believed, for the tip or for a header that is still to come. */
  certificate(): Certificate | undefined
  isFinal(root: Uint8Array): boolean
  finalAt(height: number): FinalHeader | undefined
  /**
   * Headers that are missing between the tip and the base, or the certified one itself: the next range to ask for. What
   * comes is announced from the highest down, each one vouching for the next.
   */
  missing(): RangeRequest | undefined
  isStale(nowMs: number): boolean
  /** Roots of two final headers that exclude each other, if it ever came to that. */
  conflict(): readonly [Uint8Array, Uint8Array] | undefined
}

/** Places below the tip where a header is waited for. More than a few arise only from an unlucky order of arrival. */
const MAX_GAPS = 16

interface Gap {
  readonly root: Uint8Array
  readonly height: number
  readonly child: Header | undefined
}

export const createLightChain = (init: LightChainInit, components: LightChainComponents): LightChain => {
  const { base } = init
  const window = init.window ?? 1_024
  const maxPending = init.maxPending ?? 256
  const pending = new Map<string, FinalHeader>()
  /** By height; at most `window` of them. */
  const finals = new Map<number, FinalHeader>()
  const gaps = new Map<string, Gap>()
  let tip: FinalHeader | undefined
  let newest: Certificate | undefined
  let conflict: readonly [Uint8Array, Uint8Array] | undefined

  const heightOf = ({ announcement }: FinalHeader): number => announcement.header.message.height
  const floor = (): number =>
    Math.max(base.height, (tip === undefined ? base.height : heightOf(tip)) - window)

  const isKnownFinal = (root: Uint8Array, height: number): boolean => {
    const final = finals.get(height)
    return final !== undefined && equal(final.root, root)
  }

  const none = (verdict: Verdict): LightStep => ({ verdict, finals: [] })

  /** What believing `root` at `height`, the parent of a header at `childHeight`, would contradict. */
  const contradicted = (root: Uint8Array, height: number, childHeight: number): Uint8Array | undefined => {
    if (height < base.height && base.height < childHeight) return base.root
    if (height === base.height && !equal(root, base.root)) return base.root
    for (const [other, final] of finals) {
      if (other === height ? !equal(final.root, root) : other > height && other < childHeight)
        return final.root
    }
    return undefined
  }

  /** Makes a header final, and what lies below it as far as it is known. */
  const adopt = (first: FinalHeader): LightStep => {
    const adopted: FinalHeader[] = []
    let next: FinalHeader | undefined = first
    let gap: Gap | undefined
    while (next !== undefined) {
      const { header } = next.announcement
      adopted.push(next)
      const { parentRoot, parentHeight, height } = header.message
      if (parentHeight >= height) return none(reject('parent-height'))
      const other = contradicted(parentRoot, parentHeight, height)
      if (other !== undefined) return refuse(first.root, other)
      if (parentHeight <= floor() || finals.has(parentHeight)) break
      const parent = pending.get(toHex(parentRoot))
      if (parent === undefined) {
        gap = { root: parentRoot, height: parentHeight, child: header.message }
        break
      }
      if (heightOf(parent) !== parentHeight) return refuse(first.root, parent.root)
      next = parent
    }
    for (const each of adopted) {
      finals.set(heightOf(each), compact(each))
      gaps.delete(toHex(each.root))
      if (tip === undefined || heightOf(each) > heightOf(tip)) tip = each
    }
    if (gap !== undefined && gaps.size < MAX_GAPS) gaps.set(toHex(gap.root), gap)
    forgetOld()
    return { verdict: accept, finals: adopted.reverse() }
  }

  const refuse = (root: Uint8Array, other: Uint8Array): LightStep => {
    conflict ??= [other, root]
    return none(reject('conflicting-final'))
  }

  const forgetOld = () => {
    const lowest = floor()
    for (const height of finals.keys()) if (height < lowest) finals.delete(height)
    for (const [name, gap] of gaps) if (gap.height <= lowest) gaps.delete(name)
    const tipHeight = tip === undefined ? base.height : heightOf(tip)
    for (const [name, each] of pending) {
      // Below the tip a header is either linked already, or waited for in a gap, or dead.
      if (heightOf(each) <= tipHeight && (gaps.size === 0 || finals.has(heightOf(each)))) pending.delete(name)
    }
  }

  /** A header that a certificate vouches for, directly or through its descendants. */
  const vouched = (each: FinalHeader, gap: Gap): LightStep => {
    // [reject] commitments of another block: the root says nothing of what came along with the header
    const { header, commitments } = each.announcement
    if (!areCommitmentsOf(header.message, commitments)) return none(reject('commitments-root'))

    // [reject] the child's word on its parent's height
    if (heightOf(each) !== gap.height) return none(reject('parent-height'))
    return adopt(each)
  }

  return {
    announce(announcement) {
      const { message } = announcement.header
      const root = headerRoot(message)
      const name = toHex(root)
      const each: FinalHeader = { root, announcement }

      // A header that is waited for needs no signature: its root is known.
      const gap = gaps.get(name)
      if (gap !== undefined) return vouched(each, gap)

      // [ignore] known, final already, or not above the tip
      if (pending.has(name) || isKnownFinal(root, message.height)) return none(ignore('known-header'))
      if (message.height <= (tip === undefined ? base.height : heightOf(tip)))
        return none(ignore('old-header'))

      // [ignore] a third header of a height
      if (countAt(pending, message.height) >= MAX_HEADERS_PER_HEIGHT) return none(ignore('third-header'))

      // [ignore] too many headers that are not final: those nearest to the tip stay
      const highest = highestOf(pending)
      const isFull = pending.size >= maxPending
      if (isFull && highest !== undefined && message.height >= highest.height)
        return none(ignore('too-many-headers'))

      // [reject] what the header must hold by itself
      const verdict = components.judgeAnnouncement(announcement)
      if (verdict.verdict !== 'accept') return none(verdict)
      if (isFull && highest !== undefined) pending.delete(highest.name)
      pending.set(name, each)
      return none(accept)
    },

    certify(certificate) {
      const { kind, height, root } = certificate
      // [ignore] other kinds, and what is known
      if (kind !== KIND.finalize) return none(ignore('not-finalize'))
      const name = toHex(root)
      const tipHeight = tip === undefined ? base.height : heightOf(tip)
      const known = finals.get(height)
      if (known !== undefined && equal(known.root, root)) return none(ignore('known-certificate'))
      if (newest !== undefined && newest.height === height && equal(newest.root, root)) {
        return none(ignore('known-certificate'))
      }
      // [ignore] below what is linked there is nothing to learn; a contradiction within it must be looked at
      if (height <= tipHeight && known === undefined) return none(ignore('old-certificate'))

      // [reject] clauses, quorum, signature
      const verdict = components.judgeCertificate(certificate)
      if (verdict.verdict !== 'accept') return none(verdict)

      // [reject] another final block at this height
      if (known !== undefined) return refuse(root, known.root)

      if (newest === undefined || height > newest.height) newest = certificate
      const header = pending.get(name)
      if (header === undefined) {
        // The newest wins the place: whatever is linked below it will be linked from there.
        if (gaps.size >= MAX_GAPS) gaps.delete(lowestOf(gaps))
        gaps.set(name, { root, height, child: undefined })
        return none(accept)
      }
      if (heightOf(header) !== height) return refuse(root, header.root)
      return adopt(header)
    },

    tip: () => tip,
    certificate: () => newest,
    isFinal: (root) => equal(root, base.root) || [...finals.values()].some((each) => equal(each.root, root)),
    finalAt: (height) => finals.get(height),

    missing() {
      let highest: Gap | undefined
      for (const gap of gaps.values()) if (highest === undefined || gap.height > highest.height) highest = gap
      if (highest === undefined) return undefined
      if (highest.child === undefined) return { start: highest.height, count: 1 }
      const start = Math.max(floor() + 1, highest.height - MAX_RANGE + 1)
      return { start, count: highest.height - start + 1 }
    },

    isStale(nowMs) {
      const timestamp = tip === undefined ? base.timestampMs : tip.announcement.header.message.timestamp
      return timestamp === undefined || nowMs - timestamp > init.staleMs
    },

    conflict: () => conflict,
  }
}

const COMMITMENT_BYTES = 48

/**
 * The same header with its commitments in one piece of memory: 256 arrays of 48 bytes take 64 KB, a thousand headers of
 * them more than all else of a light node's heap. They are made anew by whoever looks at them.
 */
const compact = ({ root, announcement: { header, commitments } }: FinalHeader): FinalHeader => {
  const flat = concat(...commitments)
  const count = commitments.length
  return {
    root,
    announcement: {
      header,
      get commitments() {
        return Array.from({ length: count }, (_, i) =>
          flat.slice(i * COMMITMENT_BYTES, (i + 1) * COMMITMENT_BYTES),
        )
      },
    },
  }
}

const countAt = (
  headers: ReadonlyMap<string, { readonly announcement: { readonly header: SignedHeader } }>,
  height: number,
) => {
  let count = 0
  for (const { announcement } of headers.values())
    if (announcement.header.message.height === height) count += 1
  return count
}

const highestOf = (
  headers: ReadonlyMap<string, FinalHeader>,
): { name: string; height: number } | undefined => {
  let highest: { name: string; height: number } | undefined
  for (const [name, { announcement }] of headers) {
    const { height } = announcement.header.message
    if (highest === undefined || height > highest.height) highest = { name, height }
  }
  return highest
}

const lowestOf = (gaps: ReadonlyMap<string, Gap>): string => {
  let lowest: [string, Gap] | undefined
  for (const each of gaps) if (lowest === undefined || each[1].height < lowest[1].height) lowest = each
  return lowest![0]
}
