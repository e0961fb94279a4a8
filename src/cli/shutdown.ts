// Ending well: the first SIGINT or SIGTERM (or, where asked for, the end of standard input) aborts a signal that the
// command waits on; the second ends the process at once.

import { EXIT } from './failure.ts'

export interface Shutdown {
  /** Aborts when the process was asked to stop; its reason is a short text such as `SIGTERM`. */
  readonly signal: AbortSignal
  /** Takes the listeners away again. */
  dispose(): void
}

export const onShutdown = (
  host: Pick<NodeJS.Process, 'on' | 'off' | 'exit' | 'stdin'>,
  { untilStdinCloses = false } = {},
): Shutdown => {
  const controller = new AbortController()
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) host.exit(EXIT.interrupted)
    controller.abort(name)
  }
  const onEnd = () => {
    if (!controller.signal.aborted) controller.abort('stdin closed')
  }
  host.on('SIGINT', onSignal)
  host.on('SIGTERM', onSignal)
  if (untilStdinCloses) {
    host.stdin.on('end', onEnd)
    host.stdin.on('error', onEnd)
    host.stdin.resume()
  }
  return {
    signal: controller.signal,
    dispose() {
      host.off('SIGINT', onSignal)
      host.off('SIGTERM', onSignal)
      if (untilStdinCloses) {
        host.stdin.off('end', onEnd)
        host.stdin.off('error', onEnd)
        host.stdin.pause()
      }
    },
  }
}

/** Resolves when the signal aborts. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
