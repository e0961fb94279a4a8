// A stream of libp2p whose other side is the fuzzer: bytes come in pieces of any size, and then an end. What is written to it
// is kept.

import { defaultLogger } from '@libp2p/logger'
import { AbstractStream } from '@libp2p/utils'
import type { Uint8ArrayList } from 'uint8arraylist'
import type { Random } from '../consensus/simulation/random.ts'
import type { Ending } from './plain-framing.ts'

const log = defaultLogger().forComponent('fuzz')

export class FedStream extends AbstractStream {
  readonly written: number[] = []
  /** Whether our side was ended as an answer is, and not reset. */
  answered = false

  constructor() {
    super({ id: '1', log, direction: 'outbound' })
  }

  sendData(data: Uint8ArrayList) {
    for (const byte of data.subarray()) this.written.push(byte)
    return { sentBytes: data.byteLength, canSendMore: true }
  }

  sendReset() {}
  async sendCloseWrite() {
    this.answered = true
  }
  async sendCloseRead() {}
  sendPause() {}
  sendResume() {}

  /** Gives the bytes in a few pieces, now and then with a turn of the event loop between, and then the end. */
  async feed(bytes: Uint8Array, ending: Ending, random: Random): Promise<void> {
    const cuts = Array.from({ length: random.integer(0, 5) }, () => random.integer(0, bytes.length))
    let from = 0
    for (const to of [...cuts, bytes.length].toSorted((a, b) => a - b)) {
      if (this.status === 'open' && to > from) this.onData(bytes.slice(from, to) as never)
      from = to
      if (random.chance(0.3)) await turn()
    }
    if (this.status !== 'open') return
    if (ending === 'closed') return this.onRemoteCloseWrite()
    // A reset may overtake what is not read yet: here it comes behind it.
    for (let i = 0; i < 4; i++) await turn()
    if (this.status === 'open') this.onRemoteReset()
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))
