// Bringing waiting blobs to the coming leaders. A blob goes to the validators that lead next, again to others while
// it is not final, so that no single leader can lose it.

import { createBoundedMap } from '../base/bounded-map.ts'
import { createByteRoom } from '../base/byte-room.ts'
import { toHex } from '../base/bytes.ts'
import { deadline } from '../base/deadline.ts'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import { createPacer, onNextTurn } from '../base/next-turn.ts'
import type { Network } from '../chain/ports.ts'
import type { Mempool, WaitingBlob } from './mempool.ts'
import { SUBMISSION_CODE } from './submission-code.ts'

export interface ForwarderComponents {
  readonly mempool: Pick<Mempool, 'all' | 'openPredecessor'>
  readonly network: Pick<Network, 'peers' | 'request'>
  /** Peer ids of the leaders of the next heights, soonest first. */
  readonly comingLeaders: () => readonly string[]
  /** A leader says that the blob can be in no block. */
  readonly onRefused: (blobId: Uint8Array, peer: string) => void
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
/** One that had no room for it, after this time. */
const AGAIN_WHEN_FULL_MS = 10_000
const MAX_REMEMBERED = 65_536
/**
 * Bytes of blobs on their way at once, to all leaders together, so that the first arrive while the others wait. Blobs below a
 * mebibyte do not count, so that they wait for no large one.
 */
const MAX_BYTES_UNDER_WAY = 32 * 2 ** 20
const UNCOUNTED_BYTES = 2 ** 20

export const createForwarder = ({
  mempool,
  network,
  comingLeaders,
  onRefused,
  log,
}: ForwarderComponents): Forwarder => {
  const life = new AbortController()
  const room = createByteRoom(MAX_BYTES_UNDER_WAY)
  /** When a leader may be given a blob again, by both. */
  const dueAgain = createBoundedMap<string, number>(MAX_REMEMBERED)
  let timer: NodeJS.Timeout | undefined
  /** Leaders that are being given blobs now: a slow one holds up nobody else. */
  const busy = new Set<string>()
  /** Blobs that come together are looked through once. */
  let isPoked = false

  /** False where the leader was not reached: what else waits has its turn in a later round. */
  const give = async (blob: WaitingBlob, peer: string): Promise<boolean> => {
    const key = `${toHex(blob.blobId)}:${peer}`
    const dueMs = dueAgain.get(key)
    if (dueMs !== undefined && Date.now() < dueMs) return true
    dueAgain.set(key, Date.now() + AGAIN_MS)
    let leave = () => {}
    try {
      if (blob.data.length >= UNCOUNTED_BYTES) leave = await room.enter(blob.data.length, life.signal)
      const signal = deadline(REQUEST_TIMEOUT_MS, life.signal)
      const { namespace, flags, data } = blob
      const open = mempool.openPredecessor(blob)
      const after = open === undefined ? [] : [open]
      const answer = await network.request.submit(peer, { namespace, flags, data, after }, { signal })
      if (answer.code === SUBMISSION_CODE.invalid || answer.code === SUBMISSION_CODE.tooLarge)
        onRefused(blob.blobId, peer)
      if (answer.code === SUBMISSION_CODE.queueFull) dueAgain.set(key, Date.now() + AGAIN_WHEN_FULL_MS)
      if (answer.code !== 0) log.info({ peer, code: answer.code }, 'a leader did not take a blob')
      return true
    } catch (error) {
      dueAgain.delete(key)
      if (!life.signal.aborted) log.debug({ peer, reason: messageOf(error) }, 'a blob did not reach a leader')
      return false
    } finally {
      leave()
    }
  }

  const giveAll = async (peer: string): Promise<void> => {
    if (busy.has(peer)) return
    busy.add(peer)
    try {
      const pace = createPacer()
      for (const blob of mempool.all()) {
        await pace()
        if (life.signal.aborted || !(await give(blob, peer))) return
      }
    } finally {
      busy.delete(peer)
    }
  }

  const round = (): void => {
    if (life.signal.aborted) return
    const connected = new Set(network.peers().map((peer) => peer.id))
    for (const leader of comingLeaders()) if (connected.has(leader)) void giveAll(leader)
  }

  return {
    start() {
      timer ??= setInterval(round, EVERY_MS)
    },
    poke() {
      if (isPoked) return
      isPoked = true
      onNextTurn(() => {
        isPoked = false
        round()
      })
    },
    stop() {
      clearInterval(timer)
      timer = undefined
      life.abort()
    },
  }
}
