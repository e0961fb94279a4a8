// Time, network and blocks of one simulated schedule. Everything random comes from the seed; events of one instant run
// in the order in which they were made.

import type { BlockFacts } from '../../../src/consensus/types.ts'
import { type Block, keyOf, type Message, type Participant, rootOf } from './messages.ts'
import type { Random } from './random.ts'
import { createRandom } from './random.ts'
import type { Schedule } from './schedule.ts'

export interface World {
  readonly schedule: Schedule
  readonly random: Random
  readonly now: number
  at(time: number, run: () => void): void
  send(from: number, to: number, message: Message): void
  broadcast(from: number, message: Message): void
  createBlock(proposer: number, header: BlockFacts): Block
  block(root: Uint8Array): Block | undefined
  readonly blocks: ReadonlyMap<string, Block>
  /** Runs until `done` holds or time is up; says which. */
  run(participants: readonly Participant[], endAt: number, done: () => boolean): 'done' | 'late'
}

export const GENESIS_ROOT = rootOf(1)
export const GENESIS_TIMESTAMP = 1_000_000
/** What true clocks show at simulated time 0: clocks that are set back still lie behind genesis. */
export const START = GENESIS_TIMESTAMP + 100_000

/** No schedule needs a tenth of it; a machine that runs in circles does. */
const MAX_EVENTS = 500_000

export const createWorld = (schedule: Schedule): World => {
  const random = createRandom(schedule.seed ^ 0x5bd1e995)
  const queue = createQueue()
  const blocks = new Map<string, Block>()
  let participants: readonly Participant[] = []
  let now = 0
  let roots = 1

  const deliver = (from: number, to: number, message: Message): void => {
    const synchronous = now >= schedule.syncAt
    const delay = random.integer(1, synchronous ? schedule.syncDelayMs : schedule.maxDelayMs)
    queue.push(now + delay, () => participants[to]!.receive(message, from))
  }

  const isLost = (from: number, to: number): boolean =>
    now < schedule.syncAt &&
    (random.chance(schedule.loss) ||
      schedule.partitions.some(
        (partition) =>
          now >= partition.from && now < partition.to && partition.groups[from] !== partition.groups[to],
      ))

  const world: World = {
    schedule,
    random,
    blocks,
    get now() {
      return now
    },
    at: (time, run) => queue.push(Math.max(time, now), run),
    send(from, to, message) {
      if (from === to || isLost(from, to)) return
      deliver(from, to, message)
      if (random.chance(schedule.duplication)) deliver(from, to, message)
    },
    broadcast(from, message) {
      for (let to = 0; to < schedule.weights.length; to++) world.send(from, to, message)
    },
    createBlock(proposer, header) {
      const root = rootOf(++roots)
      const block = { root, key: keyOf(root), header, proposer }
      blocks.set(block.key, block)
      return block
    },
    block: (root) => blocks.get(keyOf(root)),
    run(all, endAt, done) {
      participants = all
      for (const participant of participants) participant.start()
      for (let events = 0; events < MAX_EVENTS; events++) {
        if (done()) return 'done'
        const event = queue.pop()
        if (event === undefined || event.time > endAt) return done() ? 'done' : 'late'
        now = event.time
        event.run()
      }
      return 'late'
    },
  }
  return world
}

interface Event {
  readonly time: number
  readonly order: number
  readonly run: () => void
}

/** A binary heap by time, then by order of making. */
const createQueue = () => {
  const heap: Event[] = []
  let order = 0
  const before = (a: Event, b: Event): boolean => a.time < b.time || (a.time === b.time && a.order < b.order)
  return {
    push(time: number, run: () => void): void {
      const event = { time, order: order++, run }
      let i = heap.push(event) - 1
      while (i > 0) {
        const parent = (i - 1) >> 1
        if (!before(event, heap[parent]!)) break
        heap[i] = heap[parent]!
        i = parent
      }
      heap[i] = event
    },
    pop(): Event | undefined {
      const first = heap[0]
      const last = heap.pop()
      if (first === undefined || last === undefined || heap.length === 0) return first
      let i = 0
      for (;;) {
        let child = 2 * i + 1
        if (child >= heap.length) break
        if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
        if (!before(heap[child]!, last)) break
        heap[i] = heap[child]!
        i = child
      }
      heap[i] = last
      return first
    },
  }
}
