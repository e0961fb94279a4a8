// Room for so many bytes at once. Whatever is larger than the room has it where it is alone, and what has come waits in
// the order in which it came. How many wait is for others to bound.

export interface ByteRoom {
  /** How many wait. */
  readonly waiting: number
  /** Resolves with the function that gives the room back, once there is room. Throws the signal's reason. */
  enter(bytes: number, signal?: AbortSignal): Promise<() => void>
}

export const createByteRoom = (maxBytes: number): ByteRoom => {
  const line = new Set<{ readonly bytes: number; go(): void }>()
  let taken = 0

  const leaveOnce = (bytes: number) => {
    let inside = true
    return () => {
      if (!inside) return
      inside = false
      taken -= bytes
      letIn()
    }
  }
  const letIn = () => {
    for (const next of line) {
      if (taken > 0 && taken + next.bytes > maxBytes) return
      line.delete(next)
      taken += next.bytes
      next.go()
    }
  }

  return {
    get waiting() {
      return line.size
    },
    async enter(bytes, signal) {
      signal?.throwIfAborted()
      await new Promise<void>((resolve, reject) => {
        const place = {
          bytes,
          go() {
            signal?.removeEventListener('abort', stop)
            resolve()
          },
        }
        const stop = () => {
          line.delete(place)
          reject(signal?.reason)
          // Others may have waited behind it.
          letIn()
        }
        signal?.addEventListener('abort', stop, { once: true })
        line.add(place)
        letIn()
      })
      return leaveOnce(bytes)
    },
  }
}
