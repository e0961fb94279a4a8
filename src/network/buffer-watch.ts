// The ceiling on what waits in the network for all peers together: bytes that came and were not used yet, bytes that were
// written and not taken yet. Each stream and connection has bounds of its own; this is for very many of them at once. Above
// the ceiling the connection with the most is closed, until it is enough.

import type { Metrics } from '../base/metrics.ts'
import type { NetworkLimits, OnLimit } from './limits.ts'

export interface BufferedConnection {
  readonly remotePeer: { toString(): string }
  readonly streams: readonly { readonly readBufferLength: number; readonly writeBufferLength: number }[]
  abort(error: Error): void
}

export interface BufferWatchComponents {
  readonly metrics: Metrics
  readonly onLimit: OnLimit
  connections(): readonly BufferedConnection[]
  penalize(peer: string, code: string): void
}

const TICK_MS = 100

export const startBufferWatch = (
  { bufferedBytes }: Pick<NetworkLimits, 'bufferedBytes'>,
  { metrics, onLimit, connections, penalize }: BufferWatchComponents,
): { check(): void; stop(): void } => {
  const check = () => {
    const held = connections()
      .map((connection) => ({
        connection,
        bytes: connection.streams.reduce(
          (sum, { readBufferLength, writeBufferLength }) => sum + readBufferLength + writeBufferLength,
          0,
        ),
      }))
      .sort((a, b) => b.bytes - a.bytes)
    let total = held.reduce((sum, { bytes }) => sum + bytes, 0)
    metrics.gauge('weft_network_buffered_bytes', total)
    for (const { connection, bytes } of held) {
      if (total <= bufferedBytes) return
      total -= bytes
      onLimit('bufferedBytes')
      penalize(connection.remotePeer.toString(), 'buffers')
      connection.abort(new Error('the network holds too many bytes for its peers'))
    }
  }
  const timer = setInterval(check, TICK_MS)
  return { check, stop: () => clearInterval(timer) }
}
