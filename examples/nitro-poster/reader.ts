// A reader as Nitro's inbox reader works: every message of the sequencer inbox, the batch of each certificate from a DA
// provider, and the preimage that a validator would need, which must be the same batch under the certificate's hash.
//
//   node examples/nitro-poster/reader.ts --da http://127.0.0.1:9880 --inbox inbox.txt

import { readFileSync } from 'node:fs'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesOf, call, flag, HEADER_BYTES, hexOf, quantity } from './rpc.ts'

const INVALID = 'certificate validation failed'
const ATTEMPTS = 60

const da = flag('da')

interface Recovered {
  readonly Payload: string
  readonly Preimages: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** The batch; undefined where the certificate is surely of none, which makes it an empty batch for ever. */
const recover = async (message: Buffer, number: number): Promise<Buffer | undefined> => {
  const params = [quantity(number), hexOf(Buffer.alloc(32)), hexOf(message)]
  for (let attempt = 1; ; attempt++) {
    try {
      const method = 'daprovider_recoverPayloadAndPreimages'
      const { Payload, Preimages } = (await call(da, method, params)) as Recovered
      const hash = hexOf(keccak_256(message.subarray(HEADER_BYTES)))
      if (Preimages['3']?.[hash] !== Payload) throw new Error('the preimage is of another certificate')
      return Buffer.from(Payload, 'base64')
    } catch (error) {
      if ((error as Error).message.includes(INVALID)) return undefined
      if (attempt === ATTEMPTS) throw error
      await new Promise((resolve) => setTimeout(resolve, 1_000))
    }
  }
}

const hashes: (string | null)[] = []
for (const [number, line] of readFileSync(flag('inbox'), 'utf8').split('\n').filter(Boolean).entries()) {
  const message = bytesOf(line)
  const isElsewhere = message[HEADER_BYTES] === 1
  const batch = isElsewhere ? await recover(message, number) : message.subarray(HEADER_BYTES + 1)
  hashes.push(batch === undefined ? null : hexOf(keccak_256(batch)))
}
console.log(JSON.stringify({ hashes }))
