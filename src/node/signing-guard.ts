// What keeps a validator that has no signing record from signing against votes that it may have given before its disk
// was lost. It follows the chain and signs nothing until validators with a quorum of the weight, itself counted, have
// told their height and it has caught up with all of them.
//
// Why that is enough: to reach height h the lost node had seen a certificate of h-1. Its signers and those heard from
// now have an honest validator in common that lost nothing, which was at h-1 then and says no less now. So the node
// signed nothing above the greatest height it hears of, plus one; it begins one further. At a chain of which nobody has
// a certificate yet it begins at once: else no chain could begin. What this cannot tell is a disk lost during height 1,
// or by a third of the weight at once.

import type { Logger } from '../base/log.ts'
import { peerIdText } from '../chain/peer-id.ts'
import type { Network, SigningStore } from '../chain/ports.ts'
import { isQuorum, sumOf } from '../chain/quorum.ts'

export interface SigningGuardInit {
  /** Own index in genesis. */
  readonly validator: number
  /** In the order of genesis. */
  readonly weights: readonly number[]
  readonly peerIds: readonly Uint8Array[]
  /**
   * Claims of heights that nobody proves are believed no longer after this time without progress, if less than a third
   * of the weight makes them.
   */
  readonly patienceMs: number
}

export interface SigningGuardComponents {
  readonly network: Pick<Network, 'peers'>
  readonly store: Pick<SigningStore, 'raiseSigningFloor'>
  /** Height that the own consensus is at, by certificates. */
  readonly height: () => number
  /** Called once, with the first height that may be signed. */
  readonly onSafe: (height: number) => void
  readonly onError: (error: unknown) => void
  readonly log: Logger
}

export interface SigningGuard {
  start(): void
  stop(): void
}

const TICK_MS = 200
/** Above the greatest height heard of: one that may have been entered already, one to begin at. */
const MARGIN = 2

export const createSigningGuard = (
  init: SigningGuardInit,
  components: SigningGuardComponents,
): SigningGuard => {
  const { validator, weights } = init
  const places = new Map(init.peerIds.map((id, place) => [peerIdText(id), place]))
  let timer: NodeJS.Timeout | undefined
  let reached = 0
  let reachedMs = performance.now()

  const tick = (): void => {
    const height = components.height()
    if (height > reached) {
      reached = height
      reachedMs = performance.now()
    }
    const heard = components.network
      .peers()
      .flatMap(({ id, status }) => (status === undefined || !places.has(id) ? [] : [{ id, status }]))
    const weight = sumOf(heard.map(({ id }) => weights[places.get(id)!]!)) + weights[validator]!
    if (!isQuorum(weight, sumOf(weights))) return
    const ahead = heard.filter(({ status }) => status.headHeight > height)
    // A third of the weight does not lie: what they say is caught up with, however long it takes.
    if (3 * sumOf(ahead.map(({ id }) => weights[places.get(id)!]!)) >= sumOf(weights)) return
    if (ahead.length > 0 && performance.now() - reachedMs < init.patienceMs) return
    stop()
    decide(height).catch(components.onError)
  }

  const decide = async (height: number): Promise<void> => {
    const from = height <= 1 ? 0 : height + MARGIN
    await components.store.raiseSigningFloor(from)
    if (from > 0)
      components.log.warn(
        { from },
        'this key has no signing record here: nothing below this height is signed',
      )
    components.onSafe(from)
  }

  const stop = (): void => {
    clearInterval(timer)
    timer = undefined
  }

  return {
    start() {
      timer ??= setInterval(tick, TICK_MS)
      tick()
    },
    stop,
  }
}
