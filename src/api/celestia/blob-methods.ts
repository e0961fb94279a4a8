// `blob.*` of Celestia's node API. Commitments are Celestia's own, computed from the bytes here and checked where the
// client sent one; heights are ours. What there is none of here, gas, fees and signers, is taken and not used, or refused
// where leaving it out would lie.

import { type Static, Type } from 'typebox'
import { equal } from '../../base/bytes.ts'
import { sleep } from '../../base/deadline.ts'
import { WeftError } from '../../base/error.ts'
import { headerRoot } from '../../chain/signing.ts'
import { nodeSha256 } from '../../grid/node-sha256.ts'
import type { FinalBlock, FullNode } from '../../node/types.ts'
import { shareCommitment } from '../../rollups/celestia/commitment.ts'
import { isBlobNamespace } from '../../rollups/celestia/share.ts'
import { Base64, base64OfBytes, bytesOfBase64 } from '../json-rpc/bytes.ts'
import { invalidParams, RPC, rpcError } from '../json-rpc/errors.ts'
import { type CallContext, createMethod, type Method, optionalParam, param } from '../json-rpc/method.ts'
import type { Mapping, PublishErrorCode } from '../stacks/mapping.ts'
import { type CelestiaBlocks, type FoundBlob, SPREAD } from './blocks.ts'
import { blobNotFound, errorList, failed, texts } from './errors.ts'
import { proofFromNodes, proofToNodes, proveInclusion, verifyInclusion } from './inclusion-proof.ts'

export interface BlobMethodsComponents {
  readonly node: Pick<FullNode, 'headerAt' | 'newestHeader' | 'subscribe'>
  readonly mapping: Mapping
  readonly blocks: CelestiaBlocks
}

/** Blobs in one call of Submit. */
const MAX_BLOBS = 64
const MAX_NAMESPACES = 64
/** A subscription reads a blob again so often before it ends; who subscribes anew misses nothing by GetAll. */
const READ_ATTEMPTS = 20
const READ_RETRY_MS = 1_000

export const Height = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const Namespace = Type.String({
  ...Base64,
  description: '29 bytes in base64: version 0, 18 zeros, 10 of yours',
})
const Commitment = Type.String({ ...Base64, description: 'share commitment, 32 bytes in base64' })

const GivenBlob = Type.Object({
  namespace: Namespace,
  data: Base64,
  share_version: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
  commitment: Type.Optional(Type.Union([Commitment, Type.Null()])),
  signer: Type.Optional(Type.Union([Base64, Type.Null()])),
  index: Type.Optional(Type.Integer()),
})
const BlobJson = Type.Object({
  namespace: Namespace,
  data: Base64,
  share_version: Type.Integer(),
  commitment: Commitment,
  index: Type.Integer({ description: 'the data cell that the blob starts at; shares there are none' }),
})
const ProofJson = Type.Array(
  Type.Object({
    start: Type.Optional(Type.Integer({ description: "the entry's place in the block's list" })),
    end: Type.Optional(Type.Integer()),
    nodes: Type.Optional(
      Type.Array(Base64, {
        maxItems: 32,
        description: 'header (SSZ), entry (SSZ), 14 hashes, the length of the list',
      }),
    ),
    leaf_hash: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    is_max_namespace_ignored: Type.Optional(Type.Boolean()),
  }),
  { maxItems: 1, description: "Weft's proof of inclusion in the JSON form of an NMT proof, which it is not" },
)

const height = param('height', Height, 'of the block')
const namespace = param('namespace', Namespace, 'the namespace')
const commitment = param('commitment', Commitment, "the blob's commitment")

export const blobMethods = ({ node, mapping, blocks }: BlobMethodsComponents): readonly Method[] => {
  const submit = async (
    given: readonly Static<typeof GivenBlob>[],
    { signal, authorizeNamespace }: CallContext,
  ): Promise<number> => {
    const blobs = given.map(judge)
    for (const { namespace } of blobs) authorizeNamespace(namespace)
    // All at once, so that they are in one block where there is room; the last one's height stands for them all.
    const published = await Promise.all(
      blobs.map((blob) =>
        mapping.publish({ namespace: blob.namespace, data: blob.data, flags: 0 }, signal).catch((error) => {
          throw submitErrorOf(error)
        }),
      ),
    )
    for (const [i, { blobId }] of published.entries()) blocks.remember(blobId, blobs[i]!.commitment)
    return Math.max(...published.map((one) => one.height))
  }

  const blobsIn = async (block: FinalBlock, own: Uint8Array, signal: AbortSignal) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return (await blocks.blobsOf(block, own, signal)).map(blobJson)
      } catch (error) {
        if (attempt === READ_ATTEMPTS) throw error
        await sleep(READ_RETRY_MS, signal)
      }
    }
  }

  return [
    createMethod({
      name: 'blob.Submit',
      summary: `Publishes blobs and answers a height once all are certified: of the last one, where they lie in several blocks. Get, GetProof and Included with that height find those up to ${SPREAD - 1} heights below it.`,
      right: 'write',
      params: [
        param('blobs', Type.Array(GivenBlob, { minItems: 1, maxItems: MAX_BLOBS }), 'the blobs'),
        optionalParam('options', Type.Unknown(), 'gas, fees and keys: there are none here'),
      ],
      result: { name: 'height', schema: Height },
      errors: errorList(texts.tooLarge, texts.timedOut),
      run: ([blobs], context) => submit(blobs, context),
    }),
    createMethod({
      name: 'blob.Get',
      summary: 'The blob of a commitment.',
      right: 'read',
      params: [height, namespace, commitment],
      result: { name: 'blob', schema: BlobJson },
      errors: errorList(texts.notFound, texts.future),
      run: async ([at, own, wanted], { signal }) =>
        blobJson(await blocks.find(at, namespaceOf(own), commitmentOf(wanted), signal)),
    }),
    createMethod({
      name: 'blob.GetAll',
      summary: 'All blobs of these namespaces at a height; null where there are none.',
      right: 'read',
      params: [
        height,
        param('namespaces', Type.Array(Namespace, { maxItems: MAX_NAMESPACES }), 'the namespaces'),
      ],
      result: { name: 'blobs', schema: Type.Union([Type.Array(BlobJson), Type.Null()]) },
      errors: errorList(texts.future),
      run: async ([at, namespaces], { signal }) => {
        const wanted = namespaces.map(namespaceOf)
        const { block } = await blocks.at(at)
        if (block === undefined) return null
        const blobs: FoundBlob[] = []
        for (const one of wanted) blobs.push(...(await blocks.blobsOf(block, one, signal)))
        return blobs.length === 0 ? null : blobs.map(blobJson)
      },
    }),
    createMethod({
      name: 'blob.GetProof',
      summary: "Weft's proof that the blob is in a final block (docs/rollups.md); no NMT proof.",
      right: 'read',
      params: [height, namespace, commitment],
      result: { name: 'proof', schema: ProofJson },
      errors: errorList(texts.notFound, texts.future),
      run: async ([at, own, wanted], { signal }) => {
        const found = await blocks.find(at, namespaceOf(own), commitmentOf(wanted), signal)
        const proof = proveInclusion(found.block.header, found.block.entries, found.index)
        return [{ start: proof.index, end: proof.index + 1, nodes: proofToNodes(proof).map(base64OfBytes) }]
      },
    }),
    createMethod({
      name: 'blob.Included',
      summary: 'Whether the proof shows the blob of this commitment in a final block.',
      right: 'read',
      params: [height, namespace, param('proof', ProofJson, 'as GetProof gave it'), commitment],
      result: { name: 'included', schema: Type.Boolean() },
      errors: errorList(texts.future),
      run: async ([at, own, [given], wanted], { signal }) => {
        const proof = proofFromNodes(given?.start ?? 0, (given?.nodes ?? []).map(bytesOfBase64))
        // [reject] It is a proof of this form, of a block at this height or shortly below it.
        if (proof === undefined) return false
        if (proof.header.height > at || proof.header.height <= at - SPREAD) return false
        await blocks.at(at)
        // [reject] Its header is the final one of its height.
        const final = await node.headerAt(proof.header.height)
        if (final === undefined || !equal(final.root, headerRoot(proof.header))) return false
        // [reject] Its path leads from the entry to that header.
        if (!verifyInclusion(proof)) return false
        // [reject] The entry is of this namespace, and its bytes have this commitment.
        if (!equal(proof.entry.namespace, namespaceOf(own))) return false
        const answer = await mapping.read(proof.entry.blobId, signal)
        if (!answer.found) throw failed('blob: could not be had now; ask again')
        return equal(commit(proof.entry.namespace, answer.data), commitmentOf(wanted))
      },
    }),
    createMethod({
      name: 'blob.Subscribe',
      summary:
        'Blobs of a namespace as blocks become final, one value a block, with or without blobs. By WebSocket only: the result is the number of a channel.',
      right: 'read',
      params: [namespace],
      result: { name: 'channel', schema: Type.Integer() },
      run: async ([own], { openChannel }) => {
        if (openChannel === undefined) throw needsSocket('blob.Subscribe')
        const subscribed = namespaceOf(own)
        const from = ((await node.newestHeader())?.height ?? 0) + 1
        return openChannel(async (push, signal) => {
          for await (const block of node.subscribe({ height: from, namespace: subscribed }, { signal })) {
            const blobs = block.own.length === 0 ? null : await blobsIn(block, subscribed, signal)
            await push({ blobs, height: block.height })
          }
        })
      },
    }),
  ]
}

export const needsSocket = (method: string) =>
  rpcError(RPC.methodNotFound, `${method} needs a WebSocket connection`)

const blobJson = ({ entry, data, commitment }: FoundBlob): Static<typeof BlobJson> => ({
  namespace: base64OfBytes(entry.namespace),
  data: base64OfBytes(data),
  share_version: 0,
  commitment: base64OfBytes(commitment),
  index: entry.startCell,
})

const judge = (given: Static<typeof GivenBlob>) => {
  const blob = { namespace: namespaceOf(given.namespace), data: bytesOfBase64(given.data) }
  if ((given.share_version ?? 0) !== 0 || (given.signer ?? '') !== '') {
    throw invalidParams(
      'expected share version 0: there are no accounts here, so that nobody could vouch for a signer',
    )
  }
  if (blob.data.length === 0) throw invalidParams('expected a blob of at least one byte')
  const own = commit(blob.namespace, blob.data)
  const claimed = given.commitment ?? ''
  if (claimed !== '' && !equal(bytesOfBase64(claimed), own)) {
    throw invalidParams("expected the share commitment of the blob's bytes, got another")
  }
  return { ...blob, commitment: own }
}

const commit = (own: Uint8Array, data: Uint8Array): Uint8Array =>
  shareCommitment({ namespace: own, data, shareVersion: 0 }, nodeSha256)

const namespaceOf = (text: string): Uint8Array => {
  const bytes = bytesOfBase64(text)
  if (!isBlobNamespace(bytes)) {
    throw invalidParams('expected a namespace of 29 bytes of version 0 that is not reserved')
  }
  return bytes
}

const commitmentOf = (text: string): Uint8Array => {
  const bytes = bytesOfBase64(text)
  if (bytes.length !== 32) throw blobNotFound()
  return bytes
}

const submitErrorOf = (error: unknown): unknown => {
  if (!(error instanceof WeftError)) return error
  switch (error.code as PublishErrorCode) {
    case 'not-yet':
      return failed(`${texts.timedOut}: ${error.message}`, error)
    case 'too-large':
      return failed(`${texts.tooLarge}: ${error.message}`, error)
    case 'busy':
      return failed(`the node has no room now: ${error.message}`, error)
    case 'refused':
      return failed(error.message, error)
    default:
      return error
  }
}
