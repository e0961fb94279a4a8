// What batcher and deriver agree on, as the OP Stack's specifications have it: frames of a channel, what a batcher's
// transaction carries in alt-DA mode, and an inbox on L1, which is a file here. Nothing of Weft is imported.

import { keccak_256 } from '@noble/hashes/sha3.js'

/** First byte of a batcher's transaction in alt-DA mode: the batcher's own, never the DA layer's. */
export const TX_VERSION = 0x01
/** First byte of frame data on DA (derivation version 0). */
export const FRAMES_VERSION = 0x00
export const KECCAK_TYPE = 0x00
export const GENERIC_TYPE = 0x01

export interface Frame {
  /** 32 hex digits. */
  readonly channel: string
  readonly number: number
  readonly data: Uint8Array
  readonly isLast: boolean
}

/** channel_id (16) || frame_number (u16) || frame_data_length (u32) || frame_data || is_last (1). */
export const encodeFrame = ({ channel, number, data, isLast }: Frame): Uint8Array => {
  const frame = Buffer.alloc(16 + 2 + 4 + data.length + 1)
  frame.write(channel, 0, 'hex')
  frame.writeUInt16BE(number, 16)
  frame.writeUInt32BE(data.length, 18)
  frame.set(data, 22)
  frame[22 + data.length] = isLast ? 1 : 0
  return frame
}

export const decodeFrame = (bytes: Uint8Array): Frame => {
  const frame = Buffer.from(bytes)
  const length = frame.readUInt32BE(18)
  if (frame.length !== 23 + length)
    throw new Error(`expected a frame of ${23 + length} bytes, got ${frame.length}`)
  return {
    channel: frame.toString('hex', 0, 16),
    number: frame.readUInt16BE(16),
    data: frame.subarray(22, 22 + length),
    isLast: frame[22 + length] === 1,
  }
}

export const keccak256 = (bytes: Uint8Array): Uint8Array => keccak_256(bytes)

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** `--name value` of the command line. */
export const flag = (name: string, usual?: string): string => {
  const at = process.argv.indexOf(`--${name}`)
  const value = at < 0 ? usual : process.argv[at + 1]
  if (value === undefined) throw new Error(`expected --${name}`)
  return value
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
