// AbortController and AbortSignal for a process that makes millions of them: the platform's own spend most of a
// simulation on exceptions with stack traces and on weak references between signals. The same behaviour, as far as this
// project uses it; a combined signal listens to its sources only while somebody listens to it.

type Listener = (event: { readonly type: 'abort' }) => void

const event = { type: 'abort' } as const
const defaultReason = new Error('aborted')

class LightSignal {
  #reason: unknown
  #aborted = false
  #listeners: Set<Listener> | undefined
  readonly #sources: readonly LightSignal[]
  #follow: Listener | undefined

  constructor(sources: readonly LightSignal[] = []) {
    this.#sources = sources
  }

  get aborted(): boolean {
    if (!this.#aborted) {
      const source = this.#sources.find((each) => each.aborted)
      if (source !== undefined) this.fire(source.reason)
    }
    return this.#aborted
  }

  get reason(): unknown {
    return this.aborted ? this.#reason : undefined
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.#reason
  }

  addEventListener(_type: 'abort', listener: Listener): void {
    if (this.aborted) return
    this.#listeners ??= new Set()
    this.#listeners.add(listener)
    if (this.#follow !== undefined || this.#sources.length === 0) return
    this.#follow = () => void this.aborted
    for (const source of this.#sources) source.addEventListener('abort', this.#follow)
  }

  removeEventListener(_type: 'abort', listener: Listener): void {
    if (this.#listeners?.delete(listener) && this.#listeners.size === 0) this.#unfollow()
  }

  fire(reason: unknown): void {
    if (this.#aborted) return
    this.#aborted = true
    this.#reason = reason ?? defaultReason
    this.#unfollow()
    const listeners = this.#listeners
    this.#listeners = undefined
    for (const listener of listeners ?? []) listener(event)
  }

  #unfollow(): void {
    if (this.#follow === undefined) return
    for (const source of this.#sources) source.removeEventListener('abort', this.#follow)
    this.#follow = undefined
  }

  static any(signals: readonly LightSignal[]): LightSignal {
    return new LightSignal(signals)
  }

  static abort(reason?: unknown): LightSignal {
    const signal = new LightSignal()
    signal.fire(reason)
    return signal
  }
}

class LightController {
  readonly signal = new LightSignal()

  abort(reason?: unknown): void {
    this.signal.fire(reason)
  }
}

/** Puts them in the platform's place; returns what takes them out again. `timeout` makes AbortSignal.timeout. */
export const installLightAbort = (after: (ms: number, run: () => void) => void): (() => void) => {
  const { AbortController: controller, AbortSignal: signal } = globalThis
  const stackTraceLimit = Error.stackTraceLimit
  const timeout = (ms: number): LightSignal => {
    const made = new LightSignal()
    after(ms, () => made.fire(defaultReason))
    return made
  }
  Object.assign(globalThis, {
    AbortController: LightController,
    AbortSignal: Object.assign(LightSignal, { timeout }),
  })
  // Refusals are thrown by the million, and nobody reads where.
  Error.stackTraceLimit = 0
  return () => {
    Object.assign(globalThis, { AbortController: controller, AbortSignal: signal })
    Error.stackTraceLimit = stackTraceLimit
  }
}
