// The simulation's future: a binary heap of times in typed arrays, each with the function to call then. Events of one
// time happen in the order in which they were planned, so that a seed is one run on every machine.

export interface EventQueue {
  /** Milliseconds since the simulation began. */
  readonly now: number
  /** Events that are planned, cancelled ones that were not reached yet included. */
  readonly size: number
  /** Plans `run` for `at`, at the earliest now; returns a handle for `cancel`. */
  push(at: number, run: () => void): number
  /** Forgets an event; does nothing if it has happened. */
  cancel(handle: number): void
  /** Lets the next event happen; false when there is none. */
  step(): boolean
  /** When the next event happens; infinity when there is none. */
  nextAt(): number
}

/** A handle is a slot and the number of its use. */
const SLOTS = 2 ** 24

export const createEventQueue = (capacity = 1 << 16): EventQueue => {
  let times = new Float64Array(capacity)
  let orders = new Float64Array(capacity)
  let uses = new Uint32Array(capacity)
  let heap = new Int32Array(capacity)
  let free = new Int32Array(capacity)
  const runs: ((() => void) | undefined)[] = []
  let size = 0
  let freeCount = 0
  let slots = 0
  let order = 0
  let now = 0

  const grow = (): void => {
    if (capacity === SLOTS) throw new RangeError(`expected at most ${SLOTS} events at once`)
    capacity *= 2
    const longer = <T extends Float64Array | Uint32Array | Int32Array>(next: T, old: T): T => {
      next.set(old)
      return next
    }
    times = longer(new Float64Array(capacity), times)
    orders = longer(new Float64Array(capacity), orders)
    uses = longer(new Uint32Array(capacity), uses)
    heap = longer(new Int32Array(capacity), heap)
    free = longer(new Int32Array(capacity), free)
  }

  const isBefore = (a: number, b: number): boolean =>
    times[a]! < times[b]! || (times[a]! === times[b]! && orders[a]! < orders[b]!)

  const up = (place: number, slot: number): void => {
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (!isBefore(slot, heap[parent]!)) break
      heap[place] = heap[parent]!
      place = parent
    }
    heap[place] = slot
  }

  const down = (slot: number): void => {
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      if (child >= size) break
      if (child + 1 < size && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, slot)) break
      heap[place] = heap[child]!
      place = child
    }
    heap[place] = slot
  }

  return {
    get now() {
      return now
    },
    get size() {
      return size
    },
    push(at, run) {
      if (freeCount === 0 && slots === capacity) grow()
      const slot = freeCount > 0 ? free[--freeCount]! : slots++
      times[slot] = Math.max(at, now)
      orders[slot] = order++
      runs[slot] = run
      up(size++, slot)
      return uses[slot]! * SLOTS + slot
    },
    cancel(handle) {
      const slot = handle % SLOTS
      if (uses[slot] === Math.floor(handle / SLOTS)) runs[slot] = undefined
    },
    step() {
      if (size === 0) return false
      const slot = heap[0]!
      const run = runs[slot]
      now = times[slot]!
      size--
      if (size > 0) down(heap[size]!)
      runs[slot] = undefined
      uses[slot] = (uses[slot]! + 1) & 0xff_ffff
      free[freeCount++] = slot
      run?.()
      return true
    },
    nextAt: () => (size === 0 ? Number.POSITIVE_INFINITY : times[heap[0]!]!),
  }
}
