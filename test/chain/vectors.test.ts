// The vectors of the chain against the code, both ways: bytes to values and back, roots, signatures by the other
// backend than the one that made them, and the verdict of every case.

import { readFileSync } from 'node:fs'
import test from 'ava'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { judgeColumn } from '../../src/chain/block-rules.ts'
import { createNobleBls } from '../../src/chain/bls-noble.ts'
import { chainOf } from '../../src/chain/chain.ts'
import { CertificateType, ColumnType, SignedHeaderType, VoteType } from '../../src/chain/containers.ts'
import { deserializeGenesis } from '../../src/chain/genesis.ts'
import { genesisFromJson } from '../../src/chain/genesis-json.ts'
import { judgeSignedHeader } from '../../src/chain/header-rules.ts'
import { headerRoot, headerSigningRoot, type VoteKind, voteSigningRoot } from '../../src/chain/signing.ts'
import { judgeCertificate, judgeVote } from '../../src/chain/vote-rules.ts'
import { checkColumn } from '../../src/grid/columns.ts'
import { nobleSha256 } from '../../src/grid/sha256.ts'
import { loadKernels } from '../../src/kernel/load.ts'
import { createFieldKernel } from '../../src/kernel/wasm-field.ts'

const kernel = createFieldKernel(await loadKernels())

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8'))
const bytes = (hex: string): Uint8Array => fromHex(hex)!
const hex = (value: Uint8Array): string => `0x${toHex(value)}`
const outcome = (verdict: { readonly verdict: string; readonly code?: string }): string =>
  verdict.code ?? verdict.verdict
/** A value with its bytes as hex, as the files print it. */
const printed = (value: object) =>
  Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, field instanceof Uint8Array ? hex(field) : field]),
  )

const bls = createNobleBls()
const genesisVector = read('genesis')
const chain = chainOf(deserializeGenesis(bytes(genesisVector.ssz)))
const context = { chain, bls }

test('genesis: JSON and SSZ are one, chain id, validators root and keys are as stated', (t) => {
  t.deepEqual(genesisFromJson(genesisVector.json, bls), chain.genesis)
  t.is(hex(chain.chainId), genesisVector.chainId)
  t.is(hex(chain.validatorsRoot), genesisVector.validatorsRoot)
  t.deepEqual(
    genesisVector.secretKeys.map((key: string) => hex(bls.publicKeyOf(bytes(key)))),
    genesisVector.json.validators.map(({ publicKey }: { publicKey: string }) => publicKey),
  )
})

for (const vector of read('headers').cases) {
  test(`header ${vector.name}: ${vector.verdict}`, (t) => {
    const signed = SignedHeaderType.deserialize(bytes(vector.ssz))
    t.is(hex(SignedHeaderType.serialize(signed)), vector.ssz)
    t.deepEqual(printed(signed.message), vector.header)
    t.is(hex(signed.signature), vector.signature)
    t.is(hex(headerRoot(signed.message)), vector.root)
    t.is(hex(headerSigningRoot(chain.chainId, signed.message.height, bytes(vector.root))), vector.signingRoot)
    t.is(outcome(judgeSignedHeader(signed, context)), vector.verdict)
  })
}

for (const vector of read('votes').cases) {
  test(`vote ${vector.name}: ${vector.verdict}`, (t) => {
    const vote = VoteType.deserialize(bytes(vector.ssz))
    t.is(hex(VoteType.serialize(vote)), vector.ssz)
    t.deepEqual(printed(vote), vector.vote)
    t.is(hex(voteSigningRoot(chain.chainId, { ...vote, kind: vote.kind as VoteKind })), vector.signingRoot)
    t.is(outcome(judgeVote(vote, { ...context, finalHeight: 0, currentHeight: 4 })), vector.verdict)
  })
}

for (const vector of read('certificates').cases) {
  test(`certificate ${vector.name}: ${vector.verdict}`, (t) => {
    const certificate = CertificateType.deserialize(bytes(vector.ssz))
    t.is(hex(CertificateType.serialize(certificate)), vector.ssz)
    t.deepEqual(
      { ...printed(certificate), signers: certificate.signers.getTrueBitIndexes() },
      vector.certificate,
    )
    const kind = certificate.kind as VoteKind
    t.is(hex(voteSigningRoot(chain.chainId, { ...certificate, kind })), vector.signingRoot)
    t.is(outcome(judgeCertificate(certificate, context)), vector.verdict)
  })
}

const columns = read('columns')
for (const vector of columns.cases) {
  test(`column ${vector.name}: ${vector.verdict}`, (t) => {
    const column = ColumnType.deserialize(bytes(vector.ssz))
    t.is(hex(ColumnType.serialize(column)), vector.ssz)
    t.is(column.index, vector.index)
    const header = column.header.message
    t.is(hex(header.dataRoot), columns.dataRoot)
    const verdict = judgeColumn(column, context)
    const path =
      verdict.verdict === 'accept'
        ? checkColumn({ kernel, sha256: nobleSha256 }, chain.genesis, header, column)
        : verdict
    t.is(outcome(path), vector.verdict)
  })
}
