// The signing record of a validator as a file: what moves with a key to another machine, or goes into a backup, in the
// spirit of EIP-3076. Whoever imports it signs nothing new at or below the last height in it, whatever the exporting
// database had already pruned.

import { fromHex, toHex } from '../../base/bytes.ts'
import { messageOf } from '../../base/error.ts'
import type { SigningRecord, SigningStore } from '../../chain/ports.ts'
import { badInput } from '../failure.ts'

export const SIGNING_FORMAT = 'weft-signing-record'
const VERSION = 1
/** Some 200 bytes a record as JSON. */
const MAX_RECORDS = 4_000_000

export interface SigningFile {
  /** 32 bytes. */
  readonly chainId: Uint8Array
  /** 48 bytes. */
  readonly publicKey: Uint8Array
  /** Least height that may be signed anew by whoever imports it. */
  readonly floor: number
  readonly records: readonly SigningRecord[]
}

const roots = ['notarised', 'finalized', 'proposed'] as const

/** Everything that the store knows to have been signed. */
export const exportSigning = async (
  store: Pick<SigningStore, 'signingRecords' | 'signingFloor'>,
  { chainId, publicKey }: Pick<SigningFile, 'chainId' | 'publicKey'>,
): Promise<SigningFile> => {
  const records: SigningRecord[] = []
  for await (const record of store.signingRecords(0)) records.push(record)
  const last = records.at(-1)?.height
  const floor = Math.max(await store.signingFloor(), last === undefined ? 0 : last + 1)
  return { chainId, publicKey, floor, records }
}

/** Adds a file to a store. Throws what the store throws where the two contradict each other. */
export const importSigning = async (
  store: Pick<SigningStore, 'getSigningRecord' | 'putSigningRecord' | 'raiseSigningFloor'>,
  { floor, records }: SigningFile,
): Promise<void> => {
  for (const record of records) {
    const there = await store.getSigningRecord(record.height)
    await store.putSigningRecord(there === undefined ? record : union(there, record))
  }
  await store.raiseSigningFloor(floor)
}

/** What was signed by either; where they differ the new one stands, for the store to refuse. */
const union = (there: SigningRecord, record: SigningRecord): SigningRecord => ({
  ...there,
  ...record,
  nil: there.nil || record.nil,
})

export const writeSigning = ({ chainId, publicKey, floor, records }: SigningFile): string => {
  const head = {
    format: SIGNING_FORMAT,
    version: VERSION,
    chainId: hex(chainId),
    publicKey: hex(publicKey),
    floor,
  }
  const lines = records.map((record) =>
    JSON.stringify({
      height: record.height,
      nil: record.nil,
      ...Object.fromEntries(
        roots.flatMap((kind) => (record[kind] === undefined ? [] : [[kind, hex(record[kind])]])),
      ),
    }),
  )
  return `${JSON.stringify(head).slice(0, -1)},"records":[\n${lines.join(',\n')}\n]}\n`
}

/** Throws `usage` with what was expected in `path`. */
export const readSigning = (text: string, path: string): SigningFile => {
  let value: Record<string, unknown>
  try {
    value = JSON.parse(text) as Record<string, unknown>
  } catch (cause) {
    throw badInput(`expected JSON in ${path}: ${messageOf(cause)}`, { cause })
  }
  if (value?.format !== SIGNING_FORMAT || value.version !== VERSION) {
    throw badInput(`expected "format": "${SIGNING_FORMAT}" of version ${VERSION} in ${path}`)
  }
  const { records, floor } = value
  if (!Array.isArray(records) || records.length > MAX_RECORDS || !isHeight(floor)) {
    throw badInput(`expected "floor" and at most ${MAX_RECORDS} "records" in ${path}`)
  }
  return {
    chainId: bytesOf(value.chainId, 32) ?? expected('"chainId" of 32 bytes', path),
    publicKey: bytesOf(value.publicKey, 48) ?? expected('"publicKey" of 48 bytes', path),
    floor,
    records: records.map((record, i) => recordOf(record) ?? expected(`a record at place ${i}`, path)),
  }
}

const recordOf = (value: unknown): SigningRecord | undefined => {
  if (typeof value !== 'object' || value === null) return undefined
  const { height, nil, ...rest } = value as Record<string, unknown>
  if (!isHeight(height) || typeof nil !== 'boolean') return undefined
  if (Object.keys(rest).some((key) => !(roots as readonly string[]).includes(key))) return undefined
  const signed = Object.entries(rest).map(([kind, root]) => [kind, bytesOf(root, 32)] as const)
  if (signed.some(([, root]) => root === undefined)) return undefined
  return { height, nil, ...Object.fromEntries(signed) }
}

const isHeight = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const hex = (bytes: Uint8Array): string => `0x${toHex(bytes)}`

const bytesOf = (value: unknown, length: number): Uint8Array | undefined =>
  typeof value === 'string' && value.startsWith('0x') ? fromHex(value.slice(2), length) : undefined

const expected = (what: string, path: string): never => {
  throw badInput(`expected ${what} in ${path}`)
}
