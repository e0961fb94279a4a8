// Arbitrum Nitro's external DA provider (daprovider/server): methods, names and spellings as its client has them. The
// client acts on parts of error messages: each is said where it applies, and `certificate validation failed`, which
// makes a batch count as empty for ever, only of what is surely no blob of the chain.

import { Type } from 'typebox'
import { utf8 } from '../../base/bytes.ts'
import { WeftError } from '../../base/error.ts'
import { keccak256 } from '../../rollups/keccak.ts'
import { decodeLocator, encodeLocator } from '../../rollups/locator.ts'
import { base64OfBytes, bytesOfHex, HexBytes, HexNumber, hexOfBytes, numberOfHex } from '../json-rpc/bytes.ts'
import { rpcError } from '../json-rpc/errors.ts'
import { createMethod, type Method, param } from '../json-rpc/method.ts'
import type { Mapping, PublishErrorCode } from '../stacks/mapping.ts'
import { type ChunkedStore, isPayloadHash } from './chunked-store.ts'
import { FAILED, FALLBACK, INVALID_CERTIFICATE, TOO_LARGE } from './errors.ts'

export interface NitroInit {
  /** 29 bytes: every batch is published under it. */
  readonly namespace: Uint8Array
  /** Largest batch that a block of this chain holds. */
  readonly maxMessageBytes: number
}

export interface NitroComponents {
  readonly mapping: Mapping
  readonly chunks: ChunkedStore<StoreResult>
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal
}

export interface StoreResult {
  readonly 'serialized-da-cert': string
}

/** Header of a sequencer message, before the certificate (arbstate, `SequencerMessage`): five u64. */
const MESSAGE_HEADER_BYTES = 40
/** Nitro's type of the preimages of DA certificates. */
const CERTIFICATE_PREIMAGE = '3'

const StoreResult = Type.Object({ 'serialized-da-cert': HexBytes })
const Payload = Type.String({ description: 'the batch in base64' })
const Preimages = Type.Record(Type.String(), Type.Record(Type.String(), Type.String()), {
  description: 'by type (3), by keccak256 of the certificate in hex with 0x: the batch in base64',
})
const Proof = Type.Object({ proof: HexBytes })
const none = Type.Null()

const storeErrors = [
  { code: FAILED, message: FALLBACK },
  { code: FAILED, message: TOO_LARGE },
]
const readErrors = [{ code: FAILED, message: INVALID_CERTIFICATE }]

const message = param('message', HexBytes, 'the batch')
const timeout = param('timeout', HexNumber, 'until when it is wanted, seconds since 1970; the chain decides')
const signature = param('signature', HexBytes, 'keccak256 of bytes and numbers, or a signature')
const reading = [
  param('batchNum', HexNumber, "the batch's number"),
  param('batchBlockHash', HexBytes, 'the parent chain block that it was posted in'),
  param('sequencerMsg', HexBytes, 'header of 40 bytes, then the certificate'),
] as const

export const nitroMethods = (
  { namespace, maxMessageBytes }: NitroInit,
  { mapping, chunks, stopping }: NitroComponents,
): readonly Method[] => {
  const store = async (batch: Uint8Array, signal: AbortSignal): Promise<StoreResult> => {
    if (batch.length > maxMessageBytes) {
      throw rpcError(FAILED, `${TOO_LARGE}: ${batch.length} of at most ${maxMessageBytes} bytes`)
    }
    const published = await mapping.publish({ namespace, data: batch, flags: 0 }, signal).catch((error) => {
      throw storeErrorOf(error)
    })
    return { 'serialized-da-cert': hexOfBytes(encodeLocator(published)) }
  }

  /** Certificate and batch of a sequencer message. */
  const recover = async (sequencerMsg: string, signal: AbortSignal) => {
    const certificate = bytesOfHex(sequencerMsg).slice(MESSAGE_HEADER_BYTES)
    const locator = decodeLocator(certificate)
    if (locator === undefined) throw invalidCertificate('these bytes are no certificate of this layer')
    const found = await mapping.readAt(locator, signal)
    if (found.found) return { certificate, batch: found.data }
    switch (found.reason) {
      case 'absent':
        throw invalidCertificate('the chain holds no such blob at that height')
      case 'pruned':
        throw rpcError(FAILED, 'the batch is older than this chain keeps')
      case 'unreachable':
        throw rpcError(FAILED, 'the batch could not be had now; ask again')
    }
  }

  const preimages = (certificate: Uint8Array, batch: Uint8Array) => ({
    [CERTIFICATE_PREIMAGE]: { [hexOfBytes(keccak256(certificate))]: base64OfBytes(batch) },
  })

  return [
    createMethod({
      name: 'daprovider_getSupportedHeaderBytes',
      summary: 'The first byte of the messages that this provider reads.',
      right: 'read',
      params: [],
      result: { name: 'headerBytes', schema: Type.Object({ headerBytes: HexBytes }) },
      run: async () => ({ headerBytes: '0x01' }),
    }),
    createMethod({
      name: 'daprovider_getMaxMessageSize',
      summary: 'The largest batch, bytes.',
      right: 'read',
      params: [],
      result: { name: 'maxSize', schema: Type.Object({ maxSize: Type.Integer() }) },
      run: async () => ({ maxSize: maxMessageBytes }),
    }),
    createMethod({
      name: 'daprovider_store',
      summary: 'Publishes a batch and answers its certificate once the chain has certified it.',
      right: 'write',
      params: [message, timeout],
      result: { name: 'certificate', schema: StoreResult },
      errors: storeErrors,
      run: async ([batch], { signal, authorizeNamespace }) => {
        authorizeNamespace(namespace)
        return store(bytesOfHex(batch), signal)
      },
    }),
    createMethod({
      name: 'daprovider_startChunkedStore',
      summary: 'Announces a batch that comes in chunks.',
      right: 'write',
      params: [
        param('timestamp', HexNumber, 'when the client began, seconds since 1970'),
        param('nChunks', HexNumber, 'how many chunks'),
        param('chunkSize', HexNumber, 'bytes of every chunk but the last'),
        param('totalSize', HexNumber, 'bytes of the batch'),
        timeout,
        signature,
      ],
      result: { name: 'message', schema: Type.Object({ MessageId: HexNumber }) },
      errors: storeErrors,
      run: async ([timestamp, nChunks, chunkSize, totalSize, until, signed]) => {
        expectPayloadHash(signed, new Uint8Array(), [timestamp, nChunks, chunkSize, totalSize, until])
        const id = chunks.open({
          chunks: numberOfHex(nChunks, 'nChunks'),
          chunkBytes: numberOfHex(chunkSize, 'chunkSize'),
          totalBytes: numberOfHex(totalSize, 'totalSize'),
        })
        return { MessageId: id }
      },
    }),
    createMethod({
      name: 'daprovider_sendChunk',
      summary: 'One chunk; the same one may come again.',
      right: 'write',
      params: [
        param('messageId', HexNumber, 'as startChunkedStore answered'),
        param('chunkId', HexNumber, 'its place, from 0 on'),
        param('chunk', HexBytes, 'the bytes'),
        signature,
      ],
      result: { name: 'nothing', schema: none },
      run: async ([messageId, chunkId, chunk, signed]) => {
        const bytes = bytesOfHex(chunk)
        expectPayloadHash(signed, bytes, [messageId, chunkId])
        chunks.add(idOf(messageId), numberOfHex(chunkId, 'chunkId'), bytes)
        return null
      },
    }),
    createMethod({
      name: 'daprovider_commitChunkedStore',
      summary: 'Puts the chunks together and stores the batch, as daprovider_store does.',
      right: 'write',
      params: [param('messageId', HexNumber, 'as startChunkedStore answered'), signature],
      result: { name: 'certificate', schema: StoreResult },
      errors: storeErrors,
      run: async ([messageId, signed], { authorizeNamespace }) => {
        authorizeNamespace(namespace)
        expectPayloadHash(signed, new Uint8Array(), [messageId])
        // Goes on where the caller does not: the one who asks again gets the same answer.
        return chunks.commit(idOf(messageId), (batch) => store(batch, stopping))
      },
    }),
    createMethod({
      name: 'daprovider_recoverPayload',
      summary: 'The batch of a certificate, verified against the chain.',
      right: 'read',
      params: reading,
      result: { name: 'payload', schema: Type.Object({ Payload }) },
      errors: readErrors,
      run: async ([, , sequencerMsg], { signal }) => {
        const { batch } = await recover(sequencerMsg, signal)
        return { Payload: base64OfBytes(batch) }
      },
    }),
    createMethod({
      name: 'daprovider_collectPreimages',
      summary: 'The batch of a certificate as the preimage that a validator needs.',
      right: 'read',
      params: reading,
      result: { name: 'preimages', schema: Type.Object({ Preimages }) },
      errors: readErrors,
      run: async ([, , sequencerMsg], { signal }) => {
        const { certificate, batch } = await recover(sequencerMsg, signal)
        return { Preimages: preimages(certificate, batch) }
      },
    }),
    createMethod({
      name: 'daprovider_recoverPayloadAndPreimages',
      summary: 'Both in one.',
      right: 'read',
      params: reading,
      result: { name: 'both', schema: Type.Object({ Payload, Preimages }) },
      errors: readErrors,
      run: async ([, , sequencerMsg], { signal }) => {
        const { certificate, batch } = await recover(sequencerMsg, signal)
        return { Payload: base64OfBytes(batch), Preimages: preimages(certificate, batch) }
      },
    }),
    createMethod({
      name: 'daprovider_generateReadPreimageProof',
      summary: 'Unsupported: there is no contract yet that would check such a proof.',
      right: 'read',
      params: [
        param('offset', HexNumber, 'place in the batch'),
        param('certificate', HexBytes, 'the certificate'),
      ],
      result: { name: 'proof', schema: Proof },
      errors: [{ code: FAILED, message: UNSUPPORTED }],
      run: unsupported,
    }),
    createMethod({
      name: 'daprovider_generateCertificateValidityProof',
      summary: 'Unsupported: there is no contract yet that would check such a proof.',
      right: 'read',
      params: [param('certificate', HexBytes, 'the certificate')],
      result: { name: 'proof', schema: Proof },
      errors: [{ code: FAILED, message: UNSUPPORTED }],
      run: unsupported,
    }),
  ]
}

/** Where nothing else is chosen: the name that Nitro's batches are published under. */
export const NITRO_NAMESPACE_ID = utf8('nitro')

export const UNSUPPORTED =
  'unsupported: this chain has no contract yet that checks proofs of its certificates'

const unsupported = async (): Promise<never> => {
  throw rpcError(FAILED, UNSUPPORTED)
}

const invalidCertificate = (why: string) => rpcError(FAILED, `${INVALID_CERTIFICATE}: ${why}`)

/**
 * Where the chain cannot take the batch now, the poster is asked to use its next writer: waiting would stop it. That the
 * same batch may still be certified here does no harm.
 */
const storeErrorOf = (error: unknown): unknown => {
  if (!(error instanceof WeftError)) return error
  switch (error.code as PublishErrorCode) {
    case 'not-yet':
    case 'busy':
      return rpcError(FAILED, `${FALLBACK}: ${error.message}`, error)
    case 'too-large':
      return rpcError(FAILED, `${TOO_LARGE}: ${error.message}`, error)
    case 'refused':
      return rpcError(FAILED, error.message, error)
    default:
      return error
  }
}

const expectPayloadHash = (
  signed: string,
  bytes: Uint8Array,
  numbers: readonly (string | number)[],
): void => {
  if (!isPayloadHash(bytesOfHex(signed), bytes, numbers.map(BigInt))) {
    throw rpcError(FAILED, 'signature does not match: the bytes were changed on their way')
  }
}

const idOf = (value: string | number): string => `0x${BigInt(value).toString(16)}`
