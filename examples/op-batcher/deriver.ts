// A deriver as op-node works in alt-DA mode: transactions of the inbox in order, the data of each commitment from a DA
// server, frames into channels, channels into blocks of L2. It trusts no server: keccak commitments are checked here.
//
//   node examples/op-batcher/deriver.ts --da http://127.0.0.1:3100 --inbox inbox.txt

import { readFileSync } from 'node:fs'
import { inflateSync } from 'node:zlib'
import {
  decodeFrame,
  FRAMES_VERSION,
  type Frame,
  flag,
  hex,
  KECCAK_TYPE,
  keccak256,
  pause,
  TX_VERSION,
} from './wire.ts'

const ATTEMPTS = 60

const da = flag('da')
const inbox = flag('inbox')

/** The bytes of a commitment. 404 is an answer: they do not exist, and the chain goes on without them. */
const get = async (commitment: Uint8Array): Promise<Uint8Array | undefined> => {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(`${da}/get/0x${hex(commitment)}`).catch((error) => error as Error)
    if (response instanceof Response && response.status === 200) {
      const data = new Uint8Array(await response.arrayBuffer())
      if (commitment[0] === KECCAK_TYPE && hex(commitment.subarray(1)) !== hex(keccak256(data))) {
        throw new Error('the DA server sent other bytes than the commitment is to')
      }
      return data
    }
    if (response instanceof Response && response.status === 404) return undefined
    const why = response instanceof Response ? `status ${response.status}` : response.message
    if (attempt === ATTEMPTS) throw new Error(`the DA server does not answer: ${why}`)
    await pause(1_000)
  }
}

const channels = new Map<string, Frame[]>()
let missing = 0
for (const line of readFileSync(inbox, 'utf8').split('\n').filter(Boolean)) {
  const transaction = Buffer.from(line.slice(2), 'hex')
  if (transaction[0] !== TX_VERSION) continue
  const data = await get(transaction.subarray(1))
  if (data === undefined) {
    missing++
    continue
  }
  if (data[0] !== FRAMES_VERSION) continue
  const frame = decodeFrame(data.subarray(1))
  channels.set(frame.channel, [...(channels.get(frame.channel) ?? []), frame])
}

const states: string[] = []
let blocks = 0
for (const frames of channels.values()) {
  const ordered = frames.toSorted((a, b) => a.number - b.number)
  const isWhole = ordered.every(({ number }, i) => number === i) && ordered.at(-1)?.isLast === true
  if (!isWhole) continue
  const text = inflateSync(Buffer.concat(ordered.map(({ data }) => data))).toString()
  blocks += (JSON.parse(text) as unknown[]).length
  states.push(hex(keccak256(Buffer.from(text))))
}
console.log(JSON.stringify({ blocks, missing, states }))
