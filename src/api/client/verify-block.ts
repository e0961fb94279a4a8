// Whether a block's list of entries is complete, as `GET /v1/blocks/<height>?proof=true` proves it: all entries hash to
// entriesRoot of the header, the header to the block's root, and a quorum of the genesis at hand made that header final.
// What was left out, added or altered is found, of a namespace without any entry too. The first half of it needs no
// genesis, and the client does it with every answer.

import { equal, fromHex } from '../../base/bytes.ts'
import { type Reject, reject } from '../../base/verdict.ts'
import type { BlsVerifier } from '../../chain/bls.ts'
import { createNobleBls } from '../../chain/bls-noble.ts'
import { certificateAt, entryAt, headerAt } from '../../chain/container-json.ts'
import type { Header } from '../../chain/containers.ts'
import { type FinalityCode, verifyFinality } from '../../chain/finality.ts'
import { bytesAt, listAt, numberAt, recordAt } from '../../chain/json-fields.ts'
import { MAX_COMMITMENTS, MAX_ENTRIES } from '../../chain/limits.ts'
import { MAX_RECEIPT_HEADERS } from '../../chain/receipt.ts'
import { headerRoot } from '../../chain/signing.ts'
import { chainOfGiven } from '../../chain/verify-receipt.ts'
import { type Entry, EntryType } from '../../grid/containers.ts'
import { areCommitmentsOf, areEntriesOf } from '../../grid/roots.ts'

/** What was asked for: an answer to something else is none. */
export interface AskedBlock {
  readonly height?: number | undefined
  /** 58 hex digits; left out: all. */
  readonly namespace?: string | undefined
}

export interface VerifyBlockOptions extends AskedBlock {
  /** Default: BLS in plain TypeScript, some tens of milliseconds a block. */
  readonly bls?: Pick<BlsVerifier, 'verifyAggregate'>
}

/** A block that holds. */
export interface ProvenBlock {
  readonly verdict: 'accept'
  readonly root: Uint8Array
  readonly header: Header
  readonly commitments: readonly Uint8Array[]
  /** Of the namespace that was asked for, else all: none is missing. */
  readonly entries: readonly Entry[]
}

/**
 * `other-height`, `other-root`: not the block that was asked for, or not the root of its header. `commitments`: not those
 * of the header. `entries-root`: not all its entries. `entries`: not all of the namespace, or others.
 */
export type ListCode = 'other-height' | 'other-root' | 'commitments' | 'entries-root' | 'entries'
export type BlockCode = ListCode | FinalityCode

/**
 * `block`: the answer with `proof=true`, parsed. `genesis`: parsed JSON of genesis.json, or a Genesis; it is what
 * everything rests on. Throws WeftError `malformed` for what is no such answer, GenesisError for what is no genesis; else
 * accepts with what is proven, or rejects with the code of what does not hold.
 */
export const verifyBlock = (
  block: unknown,
  genesis: unknown,
  { bls = createNobleBls(), ...asked }: VerifyBlockOptions = {},
): ProvenBlock | Reject<BlockCode> => {
  const answer = judgeList(block, asked)
  if (answer.verdict !== 'accept') return answer
  const finality = recordAt('finality', recordAt('block', block).finality)
  const above = listAt('finality.headers', finality.headers, MAX_RECEIPT_HEADERS - 1)
  const headers = [answer.header, ...above.map((header, i) => headerAt(`finality.headers[${i}]`, header))]
  const certificate = certificateAt('finality.certificate', finality.certificate)
  const verdict = verifyFinality(headers, certificate, { chain: chainOfGiven(genesis), bls })
  return verdict.verdict === 'accept' ? answer : (verdict as Reject<FinalityCode>)
}

/** All of it but that the header is final. Throws `malformed`. */
export const judgeList = (block: unknown, asked: AskedBlock): ProvenBlock | Reject<ListCode> => {
  const json = recordAt('block', block)
  const header = headerAt('header', json.header)
  const root = bytesAt('root', json.root, 32)
  const height = numberAt('height', json.height)
  const commitments = listAt('commitments', json.commitments, MAX_COMMITMENTS).map((one, i) =>
    bytesAt(`commitments[${i}]`, one, 48),
  )
  const entriesAt = (path: string, list: unknown): readonly Entry[] =>
    listAt(path, list, MAX_ENTRIES).map((entry, i) => entryAt(`${path}[${i}]`, entry))
  const entries = entriesAt('entries', json.entries)
  const allEntries = entriesAt('allEntries', json.allEntries)

  // [reject] It is the block of the height that was asked for, and the root is its header's.
  if (height !== header.height || height !== (asked.height ?? height)) return reject('other-height')
  if (!equal(root, headerRoot(header))) return reject('other-root')

  // [reject] The commitments are those of the header.
  if (!areCommitmentsOf(header, commitments)) return reject('commitments')

  // [reject] All entries are the header's: none left out, added, altered, or in another place.
  if (!areEntriesOf(header, allEntries)) return reject('entries-root')

  // [reject] The list is all of them that are of the namespace.
  const own = ofNamespace(allEntries, asked.namespace)
  const isOwn = entries.length === own.length && own.every((one, i) => EntryType.equals(one, entries[i]!))
  if (!isOwn) return reject('entries')

  return { verdict: 'accept', root, header, commitments, entries }
}

const ofNamespace = (entries: readonly Entry[], namespace: string | undefined): readonly Entry[] => {
  if (namespace === undefined) return entries
  const wanted = fromHex(namespace, 29)
  return entries.filter((entry) => wanted !== undefined && equal(entry.namespace, wanted))
}
