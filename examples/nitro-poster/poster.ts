// A poster as Nitro's batch poster works with an external DA provider: asks what it may send, stores each batch, in
// chunks where it is large, and writes header and certificate to the sequencer inbox, a file here. Where the provider
// asks for the next writer, the batch goes to the inbox itself, which is the poster's last resort on Ethereum.
//
//   node examples/nitro-poster/poster.ts --da http://127.0.0.1:9880 --inbox inbox.txt [--batches 3] [--bytes 300000]

import { randomBytes } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesOf, call, flag, HEADER_BYTES, hexOf, quantity } from './rpc.ts'

const FALLBACK = 'DA provider requests fallback to next writer'
/** Chunks of the client's usual body of 5 MB would hide the protocol: small ones here. */
const CHUNK_BYTES = 100_000
const RETENTION_S = 15 * 24 * 3_600

const da = flag('da')
const inbox = flag('inbox')

/** keccak256 of the bytes and the numbers as u64: what the client sends as signature where it has no key. */
const commit = (bytes: Uint8Array, numbers: readonly bigint[]): string => {
  const tail = Buffer.alloc(8 * numbers.length)
  for (const [i, number] of numbers.entries()) tail.writeBigUInt64BE(number, 8 * i)
  return hexOf(keccak_256(Buffer.concat([bytes, tail])))
}

const nothing = new Uint8Array()

const storeInChunks = async (batch: Uint8Array, timeout: number): Promise<unknown> => {
  const chunks = Math.ceil(batch.length / CHUNK_BYTES)
  const opening = [Math.floor(Date.now() / 1000), chunks, CHUNK_BYTES, batch.length, timeout]
  const { MessageId } = (await call(da, 'daprovider_startChunkedStore', [
    ...opening.map(quantity),
    commit(nothing, opening.map(BigInt)),
  ])) as { MessageId: string }
  // All at once: the provider puts them in order.
  await Promise.all(
    Array.from({ length: chunks }, (_, i) => {
      const chunk = batch.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES)
      const signature = commit(chunk, [BigInt(MessageId), BigInt(i)])
      return call(da, 'daprovider_sendChunk', [MessageId, quantity(i), hexOf(chunk), signature])
    }),
  )
  return call(da, 'daprovider_commitChunkedStore', [MessageId, commit(nothing, [BigInt(MessageId)])])
}

/** What stands in the inbox for a batch, behind the header. */
const store = async (batch: Uint8Array): Promise<Uint8Array> => {
  const timeout = Math.floor(Date.now() / 1000) + RETENTION_S
  try {
    const result = (await (batch.length > CHUNK_BYTES
      ? storeInChunks(batch, timeout)
      : call(da, 'daprovider_store', [hexOf(batch), quantity(timeout)]))) as Record<string, string>
    return bytesOf(result['serialized-da-cert']!)
  } catch (error) {
    if (!(error as Error).message.includes(FALLBACK)) throw error
    // Brotli's header byte marks batches that lie on Ethereum.
    return Buffer.concat([Uint8Array.of(0), batch])
  }
}

const { headerBytes } = (await call(da, 'daprovider_getSupportedHeaderBytes', [])) as { headerBytes: string }
const hashes: string[] = []
for (let i = 0; i < Number(flag('batches', '3')); i++) {
  // Asked for every batch.
  const { maxSize } = (await call(da, 'daprovider_getMaxMessageSize', [])) as { maxSize: number }
  // Batches of different sizes: whole, and in chunks.
  const batch = randomBytes(
    Math.min(maxSize, Math.max(1, Math.floor(Number(flag('bytes', '300000')) / (i + 1)))),
  )
  const posted = await store(batch)
  const onEthereum = posted[0] !== bytesOf(headerBytes)[0]
  if (onEthereum) console.error('the provider asked for the next writer: this batch is on Ethereum')
  appendFileSync(inbox, `${hexOf(Buffer.concat([Buffer.alloc(HEADER_BYTES), posted]))}\n`)
  hashes.push(hexOf(keccak_256(batch)))
}
console.log(JSON.stringify({ hashes }))
