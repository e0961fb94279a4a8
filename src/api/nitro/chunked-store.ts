// Large batches in pieces: Nitro's data streaming (daprovider/data_streaming). A message is announced with its size and
// the number of its chunks, the chunks come in any order and at once, and a last call puts them together. Clients repeat
// every call whose answer was lost, so that each may come twice. Bounded in messages, in bytes and in time.

import { equal } from '../../base/bytes.ts'
import { keccak256 } from '../../rollups/keccak.ts'
import { rpcError } from '../json-rpc/errors.ts'
import { FAILED, FALLBACK, TOO_LARGE } from './errors.ts'

export interface ChunkedStoreInit {
  /** Of one message. */
  readonly maxMessageBytes: number
  /** Announced by all open messages together. */
  readonly maxBytes: number
  readonly maxMessages: number
  /** A message that is not committed by then is forgotten, ms. */
  readonly expiryMs: number
}

export interface Announced {
  readonly chunks: number
  readonly chunkBytes: number
  readonly totalBytes: number
}

export interface ChunkedStore<Result> {
  /** The message's id, 16 hex digits with 0x, without leading zeros. */
  open(announced: Announced): string
  add(id: string, index: number, chunk: Uint8Array): void
  /** Puts the message together and stores it once, however often this is called. */
  commit(id: string, store: (message: Uint8Array) => Promise<Result>): Promise<Result>
  stop(): void
}

interface Message<Result> extends Announced {
  readonly parts: (Uint8Array | undefined)[]
  readonly timer: NodeJS.Timeout
  result?: Promise<Result>
}

/** Of one message; clients send chunks of megabytes. */
const MAX_CHUNKS = 4_096

export const createChunkedStore = <Result>(init: ChunkedStoreInit): ChunkedStore<Result> => {
  const messages = new Map<string, Message<Result>>()

  const find = (id: string): Message<Result> => {
    const message = messages.get(id)
    if (message === undefined) throw rpcError(FAILED, `unknown message ${id}: begin again`)
    return message
  }

  const forget = (id: string) => {
    clearTimeout(messages.get(id)?.timer)
    messages.delete(id)
  }

  return {
    open(announced) {
      const { chunks, chunkBytes, totalBytes } = announced
      if (totalBytes > init.maxMessageBytes) {
        throw rpcError(FAILED, `${TOO_LARGE}: ${totalBytes} of at most ${init.maxMessageBytes} bytes`)
      }
      if (
        totalBytes < 1 ||
        chunkBytes < 1 ||
        chunks > MAX_CHUNKS ||
        chunks !== Math.ceil(totalBytes / chunkBytes)
      ) {
        throw rpcError(
          FAILED,
          `expected ${totalBytes} bytes in chunks of ${chunkBytes}, got ${chunks} chunks`,
        )
      }
      const open = [...messages.values()].filter(({ result }) => result === undefined)
      const bytes = open.reduce((sum, message) => sum + message.totalBytes, totalBytes)
      if (open.length >= init.maxMessages || bytes > init.maxBytes) {
        throw rpcError(FAILED, `${FALLBACK}: ${open.length} messages are being received already`)
      }
      const id = newId((taken) => messages.has(taken))
      const timer = setTimeout(() => messages.delete(id), init.expiryMs)
      messages.set(id, { ...announced, parts: new Array(chunks).fill(undefined), timer })
      return id
    },

    add(id, index, chunk) {
      const { parts, chunks, chunkBytes, totalBytes, result } = find(id)
      if (index >= chunks) throw rpcError(FAILED, `expected a chunk below ${chunks}, got ${index}`)
      const expected = index === chunks - 1 ? totalBytes - index * chunkBytes : chunkBytes
      if (chunk.length !== expected) {
        throw rpcError(FAILED, `expected ${expected} bytes as chunk ${index}, got ${chunk.length}`)
      }
      const before = parts[index]
      if (before !== undefined && !equal(before, chunk)) {
        throw rpcError(FAILED, `chunk ${index} came before with other bytes`)
      }
      if (result === undefined) parts[index] = chunk
    },

    async commit(id, store) {
      const message = find(id)
      if (message.result === undefined) {
        const missing = message.parts.indexOf(undefined)
        if (missing !== -1) throw rpcError(FAILED, `chunk ${missing} of message ${id} has not come`)
        const whole = new Uint8Array(message.totalBytes)
        for (const [index, part] of message.parts.entries()) whole.set(part!, index * message.chunkBytes)
        message.result = store(whole)
        message.parts.fill(undefined)
        // A commit that failed can be had again only with all its bytes.
        message.result.catch(() => forget(id))
      }
      return message.result
    },

    stop() {
      for (const id of [...messages.keys()]) forget(id)
    },
  }
}

/**
 * What the client calls a signature: keccak256 of the bytes and of the numbers as u64, where it signs with no key. A
 * real signature (65 bytes) is not checked: the token that lets the caller in says who it is.
 */
export const isPayloadHash = (
  signature: Uint8Array,
  bytes: Uint8Array,
  numbers: readonly bigint[],
): boolean => {
  if (signature.length !== 32) return true
  const flat = new Uint8Array(bytes.length + 8 * numbers.length)
  flat.set(bytes)
  const view = new DataView(flat.buffer)
  for (const [i, number] of numbers.entries()) view.setBigUint64(bytes.length + 8 * i, number)
  return equal(signature, keccak256(flat))
}

const newId = (isTaken: (id: string) => boolean): string => {
  for (;;) {
    const [value] = crypto.getRandomValues(new BigUint64Array(1))
    const id = `0x${value!.toString(16)}`
    if (value !== 0n && !isTaken(id)) return id
  }
}
