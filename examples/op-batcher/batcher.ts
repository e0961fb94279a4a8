// A batcher as op-batcher works in alt-DA mode: blocks of L2 into a channel, the channel compressed and cut into frames,
// each frame put on the DA server, and the commitment written to L1, an inbox file here, in order.
//
//   node examples/op-batcher/batcher.ts --da http://127.0.0.1:3100 --inbox inbox.txt [--mode keccak|generic] [--blocks 40]

import { randomBytes } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'
import {
  encodeFrame,
  FRAMES_VERSION,
  flag,
  GENERIC_TYPE,
  hex,
  KECCAK_TYPE,
  keccak256,
  pause,
  TX_VERSION,
} from './wire.ts'

/** op-batcher's largest frame for keccak commitments, the version byte included. */
const MAX_FRAME_BYTES = 130_672
const FRAME_OVERHEAD = 1 + 23
const ATTEMPTS = 30

const da = flag('da')
const inbox = flag('inbox')
const mode = flag('mode', 'keccak')
const count = Number(flag('blocks', '40'))

/** One frame on DA: its commitment. Anything but 200 is tried again; the same bytes are the same publication. */
const put = async (data: Uint8Array): Promise<Uint8Array> => {
  const keccak = Buffer.concat([Uint8Array.of(KECCAK_TYPE), keccak256(data)])
  const path = mode === 'keccak' ? `put/0x${hex(keccak)}` : 'put/'
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(`${da}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: data as Uint8Array<ArrayBuffer>,
    }).catch((error) => error as Error)
    if (response instanceof Response && response.status === 200) {
      if (mode === 'keccak') return keccak
      const commitment = new Uint8Array(await response.arrayBuffer())
      if (commitment[0] !== GENERIC_TYPE) throw new Error('expected a generic commitment')
      return commitment
    }
    const why = response instanceof Response ? `status ${response.status}` : response.message
    if (attempt === ATTEMPTS) throw new Error(`the DA server does not take the frame: ${why}`)
    await pause(1_000)
  }
}

// Blocks of L2: transactions that do not compress, so that several frames are needed.
const blocks = Array.from({ length: count }, (_, number) => ({
  number,
  transactions: Array.from({ length: 5 }, () => hex(randomBytes(1_000))),
}))
const channelData = deflateSync(JSON.stringify(blocks))
const channel = hex(randomBytes(16))
const size = MAX_FRAME_BYTES - FRAME_OVERHEAD
const frames = Array.from({ length: Math.ceil(channelData.length / size) }, (_, number) => {
  const data = channelData.subarray(number * size, (number + 1) * size)
  return encodeFrame({ channel, number, data, isLast: (number + 1) * size >= channelData.length })
})

// Several in flight, and on L1 in order: what comes first on DA says nothing about the chain.
const commitments = await Promise.all(
  frames.map((frame) => put(Buffer.concat([Uint8Array.of(FRAMES_VERSION), frame]))),
)
for (const commitment of commitments) {
  appendFileSync(inbox, `0x${hex(Uint8Array.of(TX_VERSION))}${hex(commitment)}\n`)
}
console.log(
  JSON.stringify({
    blocks: count,
    frames: frames.length,
    state: hex(keccak256(Buffer.from(JSON.stringify(blocks)))),
  }),
)
