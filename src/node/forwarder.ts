// Bringing waiting blobs to the coming leaders. A blob goes to the validators that lead next, again to others while
// it is not final, so that no single leader can lose it.

import { createBoundedMap } from '../base/bounded-map.ts'
import { toHex } from '../base/bytes.ts'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Network } from '../chain/ports.ts'
import type { Mempool, WaitingBlob } from './mempool.ts'

export interface ForwarderComponents {
  readonly mempool: Pick<Mempool, 'all'>
  readonly network: Pick<Network, 'peers' | 'request'>
  /** Peer ids of the leaders of the next heights, soonest first. */
  readonly comingLeaders: () => readonly string[]
  readonly log: Logger
}

export interface Forwarder {
  start(): void
  /** Looks at what waits now; called when a blob came. */
  poke(): void
  stop(): void
}

const EVERY_MS = 1_000
const REQUEST_TIMEOUT_MS = 15_000
/** A leader that took a blob is given it again after this time, if the blob still waits. */
const AGAIN_MS = 60_000
const MAX_REMEMBERED = 65_536

export const createForwarder = ({ mempool, network, comingLeaders, log }: ForwarderComponents): Forwarder => {
  const life = new AbortController()
  const given = createBoundedMap<string, number>(MAX_REMEMBERED)
  let timer: NodeJS.Timeout | undefined
  let busy = false

  const give = async (blob: WaitingBlob, peer: string): Promise<void> => {
    const key = `${toHex(blob.blobId)}:${peer}`
    const last = given.get(key)
    if (last !== undefined && Date.now() - last < AGAIN_MS) return
    given.set(key, Date.now())
    try {
      const signal = AbortSignal.any([life.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)])
      const { namespace, flags, data } = blob
      const answer = await network.request.submit(peer, { namespace, flags, data }, { signal })
      if (answer.code !== 0) log.info({ peer, code: answer.code }, 'a leader did not take a blob')
    } catch (error) {
      given.delete(key)
      if (!life.signal.aborted) log.debug({ peer, reason: messageOf(error) }, 'a blob did not reach a leader')
    }
  }

  const round = async (): Promise<void> => {
    if (busy || life.signal.aborted) return
    busy = true
    try {
      const connected = new Set(network.peers().map((peer) => peer.id))
      const leaders = comingLeaders().filter((peer) => connected.has(peer))
      for (const blob of mempool.all()) await Promise.all(leaders.map((peer) => give(blob, peer)))
    } finally {
      busy = false
    }
  }

  return {
    start() {
      timer ??= setInterval(() => void round(), EVERY_MS)
    },
    poke: () => void round(),
    stop() {
      clearInterval(timer)
      timer = undefined
      life.abort()
    },
  }
}
