// A small chain with keys that tests and vectors share: validator i's secret key is that of the seed of 32 bytes i + 1.

import { BitArray } from '@chainsafe/ssz'
import { createBlstBls } from '../../src/chain/bls-blst.ts'
import { secretKeyOfSeed } from '../../src/chain/bls-keygen.ts'
import { type Chain, chainOf } from '../../src/chain/chain.ts'
import type { Certificate, Header, SignedHeader, Vote } from '../../src/chain/containers.ts'
import { createGenesis, type GenesisInit } from '../../src/chain/genesis.ts'
import { leaderOf } from '../../src/chain/leader.ts'
import { headerRoot, headerSigningRoot, type VoteKind, voteSigningRoot } from '../../src/chain/signing.ts'
import { emptyHeader } from '../../src/grid/roots.ts'

export const bls = createBlstBls()

export const secretKeyOf = (validator: number): Uint8Array =>
  secretKeyOfSeed(new Uint8Array(32).fill(validator + 1))

/** An Ed25519 peer id: the identity multihash of a protobuf public key of 32 bytes. */
export const peerIdOf = (validator: number): Uint8Array => {
  const bytes = new Uint8Array(38)
  bytes.set([0x00, 0x24, 0x08, 0x01, 0x12, 0x20])
  bytes.fill(validator + 1, 6)
  return bytes
}

export const TIMESTAMP = 1_700_000_000_000

export const fixtureChain = (weights: readonly number[] = [1, 1, 1, 1], init?: Partial<GenesisInit>): Chain =>
  chainOf(
    createGenesis({
      name: 'fixture',
      timestamp: TIMESTAMP,
      validators: weights.map((weight, i) => ({
        publicKey: bls.publicKeyOf(secretKeyOf(i)),
        possession: bls.provePossession(secretKeyOf(i)),
        peerId: peerIdOf(i),
        weight,
      })),
      ...init,
    }),
  )

/** A header without rows at `height` on the genesis block, unless `change` says otherwise. */
export const headerOf = (chain: Chain, height: number, change: Partial<Header> = {}): Header => ({
  version: 1,
  chainId: chain.chainId,
  height,
  parentHeight: 0,
  parentRoot: chain.chainId,
  timestamp: TIMESTAMP + 2_000 * height,
  proposer: leaderOf(height, chain.weights.length),
  validatorsRoot: chain.validatorsRoot,
  ...emptyHeader(),
  ...change,
})

export const signHeader = (
  chain: Chain,
  message: Header,
  validator: number = message.proposer,
): SignedHeader => ({
  message,
  signature: bls.sign(
    headerSigningRoot(chain.chainId, message.height, headerRoot(message)),
    secretKeyOf(validator),
  ),
})

export const signVote = (
  chain: Chain,
  validator: number,
  kind: VoteKind,
  height: number,
  root: Uint8Array,
): Vote => ({
  kind,
  height,
  root,
  validator,
  signature: bls.sign(voteSigningRoot(chain.chainId, { kind, height, root }), secretKeyOf(validator)),
})

export const certificateOf = (
  chain: Chain,
  signers: readonly number[],
  kind: VoteKind,
  height: number,
  root: Uint8Array,
): Certificate => {
  const bits = BitArray.fromBitLen(chain.weights.length)
  for (const signer of signers) bits.set(signer, true)
  return {
    kind,
    height,
    root,
    signers: bits,
    signature: bls.aggregate(signers.map((i) => signVote(chain, i, kind, height, root).signature)),
  }
}
