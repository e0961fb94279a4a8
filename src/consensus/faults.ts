// Certificates that cannot both exist while less than a third of the weight is Byzantine.

import { equal } from '../base/bytes.ts'
import type { Certificate } from '../chain/containers.ts'
import { KIND } from '../chain/signing.ts'
import type { Heights } from './height-state.ts'
import type { FinalBlock } from './types.ts'

/** What a certificate contradicts, in words; undefined if nothing that is known. */
export const faultOfCertificate = (
  { kind, height, root }: Certificate,
  heights: Pick<Heights, 'find'>,
  final: FinalBlock,
): string | undefined => {
  if (height === final.height && height > 0) {
    if (kind === KIND.nil) return 'a finalized height has a nil certificate'
    if (!equal(root, final.root)) return 'a finalized height has a certificate of another block'
  }
  const state = heights.find(height)
  if (state === undefined) return undefined
  if (kind === KIND.finalize && state.nil) return 'a height has a nil and a finalize certificate'
  if (kind !== KIND.nil && state.notarised !== undefined && !equal(state.notarised, root))
    return 'a height has certificates of two blocks'
  return undefined
}
