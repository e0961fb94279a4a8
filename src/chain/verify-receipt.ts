// verifyReceipt: whether a receipt holds, from genesis alone, in Node and in a page.

import type { Reject } from '../base/verdict.ts'
import { createNobleBls } from './bls-noble.ts'
import { type Chain, chainOf } from './chain.ts'
import type { Genesis } from './containers.ts'
import { genesisFromJson } from './genesis-json.ts'
import type { Certified } from './receipt.ts'
import { deserializeReceipt, judgeReceipt, type ReceiptCode, type ReceiptContext } from './receipt.ts'
import { receiptFromJson } from './receipt-json.ts'

export interface VerifyReceiptOptions extends Pick<ReceiptContext, 'data' | 'commit'> {
  /** Default: BLS in plain TypeScript, some tens of milliseconds a receipt. */
  readonly bls?: ReceiptContext['bls']
}

/**
 * `receipt`: parsed JSON, or SSZ bytes. `genesis`: parsed JSON of genesis.json, or a Genesis; it is what everything rests
 * on, so have it from someone you trust. Throws WeftError `malformed` for what is no receipt, GenesisError for what is no
 * genesis; else accepts with what is certified, or rejects with the code of what does not hold.
 */
export const verifyReceipt = (
  receipt: unknown,
  genesis: unknown,
  { bls = createNobleBls(), ...options }: VerifyReceiptOptions = {},
): Certified | Reject<ReceiptCode> => {
  const parsed = receipt instanceof Uint8Array ? deserializeReceipt(receipt) : receiptFromJson(receipt)
  return judgeReceipt(parsed, { chain: chainOfGiven(genesis), bls, ...options })
}

/** The chain of parsed JSON of genesis.json, or of a Genesis. Throws GenesisError. */
export const chainOfGiven = (genesis: unknown): Chain =>
  chainOf(isGenesis(genesis) ? genesis : genesisFromJson(genesis))

/** In memory names are bytes; as JSON they are text. */
const isGenesis = (value: unknown): value is Genesis =>
  typeof value === 'object' && value !== null && (value as { name?: unknown }).name instanceof Uint8Array
