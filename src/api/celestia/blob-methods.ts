// `blob.*` of Celestia's node API. Commitments are Celestia's own, computed from the bytes here and checked where the
// client sent one; heights are ours. The blobs of one call are one publication, so that they are in one block or in
// none. Gas and fees there are none of: what options say of them is not used.

import { type Static, Type } from 'typebox'
import { equal } from '../../base/bytes.ts'
import { sleep } from '../../base/deadline.ts'
import { WeftError } from '../../base/error.ts'
import { headerRoot } from '../../chain/signing.ts'
import type { FinalBlock, FullNode } from '../../node/types.ts'
import { decodeBundle, encodeBundle } from '../../rollups/celestia/bundle.ts'
import { type CelestiaBlob, isBlobNamespace, SIGNER_BYTES } from '../../rollups/celestia/share.ts'
import { Base64, base64OfBytes, bytesOfBase64 } from '../json-rpc/bytes.ts'
import { invalidParams, RPC, rpcError } from '../json-rpc/errors.ts'
import { type CallContext, createMethod, type Method, optionalParam, param } from '../json-rpc/method.ts'
import type { Mapping, PublishErrorCode } from '../stacks/mapping.ts'
import { type CelestiaBlocks, commit, type FoundBlob } from './blocks.ts'
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
  signer: Type.Optional(
    Type.Union([Base64, Type.Null()], {
      description: '20 bytes, with share version 1: nobody checks them here',
    }),
  ),
  index: Type.Optional(Type.Integer()),
})
const BlobJson = Type.Object({
  namespace: Namespace,
  data: Base64,
  share_version: Type.Integer(),
  commitment: Commitment,
  signer: Type.Optional(Base64),
  index: Type.Integer({ description: 'the data cell that the blob starts in; shares there are none' }),
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
    const [{ namespace }] = blobs as [CelestiaBlob]
    if (blobs.some((blob) => !equal(blob.namespace, namespace)))
      throw invalidParams(
        'expected blobs of one namespace in a call, since they become one publication; make one call for each',
      )
    authorizeNamespace(namespace)
    const { height } = await mapping
      .publish({ namespace, data: encodeBundle(blobs), flags: 0 }, signal)
      .catch((error) => {
        throw submitErrorOf(error)
      })
    return height
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
      summary:
        'Publishes blobs of one namespace together and answers the height of their block once it is certified. All of them are in that block, or none is anywhere.',
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
        const proof = await proveInclusion(found.block.header, found.block.entries, found.entryIndex)
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
        // [reject] It is a proof of this form, of the block at this height.
        if (proof === undefined || proof.header.height !== at) return false
        await blocks.at(at)
        // [reject] Its header is the final one of its height.
        const final = await node.headerAt(proof.header.height)
        if (final === undefined || !equal(final.root, headerRoot(proof.header))) return false
        // [reject] Its path leads from the entry to that header.
        if (!verifyInclusion(proof)) return false
        // [reject] The entry is of this namespace, and a blob in its bytes has this commitment.
        const namespace = namespaceOf(own)
        if (!equal(proof.entry.namespace, namespace)) return false
        const answer = await mapping.read(proof.entry.blobId, signal)
        if (!answer.found) throw failed('blob: could not be had now; ask again')
        const claimed = commitmentOf(wanted)
        return decodeBundle(answer.data).some((blob) => equal(commit({ ...blob, namespace }), claimed))
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

const blobJson = (blob: FoundBlob): Static<typeof BlobJson> => ({
  namespace: base64OfBytes(blob.namespace),
  data: base64OfBytes(blob.data),
  share_version: blob.shareVersion,
  commitment: base64OfBytes(blob.commitment),
  ...(blob.signer && { signer: base64OfBytes(blob.signer) }),
  index: blob.cell,
})

const judge = (given: Static<typeof GivenBlob>): CelestiaBlob => {
  const { share_version: shareVersion = 0 } = given
  const namespace = namespaceOf(given.namespace)
  const data = bytesOfBase64(given.data)
  const signer = bytesOfBase64(given.signer ?? '')
  if (data.length === 0) throw invalidParams('expected a blob of at least one byte')
  if (shareVersion !== 0 && shareVersion !== 1) {
    throw invalidParams(`expected share version 0 or 1, got ${shareVersion}`)
  }
  if (signer.length !== shareVersion * SIGNER_BYTES) {
    throw invalidParams('expected a signer of 20 bytes with share version 1, and none with 0')
  }
  const blob: CelestiaBlob = { namespace, data, shareVersion, ...(shareVersion === 1 && { signer }) }
  const claimed = given.commitment ?? ''
  if (claimed !== '' && !equal(bytesOfBase64(claimed), commit(blob))) {
    throw invalidParams("expected the share commitment of the blob's bytes, got another")
  }
  return blob
}

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
