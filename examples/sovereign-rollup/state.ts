// The rollup's state: what each account owns, and how many transfers it has made. Whoever applies the same transfers in
// the same order to the same beginning comes to the same root; a transfer that is not covered changes nothing.

import { createHash } from 'node:crypto'
import type { Transfer } from './transaction.ts'

export interface Account {
  readonly balance: bigint
  readonly nonce: bigint
}

export interface State {
  readonly accounts: ReadonlyMap<string, Account>
  /** Whether it was carried out; if not, why is told by what the account is. */
  apply(transfer: Transfer): boolean
  /** SHA-256 over the accounts in order, in hex. */
  root(): string
}

const EMPTY: Account = { balance: 0n, nonce: 0n }
const MAX_U64 = 2n ** 64n - 1n

/** `beginning`: balances by account. */
export const createState = (beginning: Readonly<Record<string, bigint>>): State => {
  const accounts = new Map<string, Account>(
    Object.entries(beginning).map(([account, balance]) => [account, { balance, nonce: 0n }]),
  )
  return {
    accounts,
    apply({ from, to, amount, nonce }) {
      const payer = accounts.get(from) ?? EMPTY
      if (payer.nonce !== nonce || payer.balance < amount) return false
      const payee = accounts.get(to) ?? EMPTY
      if (from !== to && payee.balance + amount > MAX_U64) return false
      accounts.set(from, { balance: payer.balance - amount, nonce: nonce + 1n })
      const now = accounts.get(to) ?? EMPTY
      accounts.set(to, { ...now, balance: now.balance + amount })
      return true
    },
    root() {
      const hash = createHash('sha256')
      for (const account of [...accounts.keys()].sort()) {
        const { balance, nonce } = accounts.get(account) ?? EMPTY
        const numbers = Buffer.alloc(16)
        numbers.writeBigUInt64BE(balance, 0)
        numbers.writeBigUInt64BE(nonce, 8)
        hash.update(Buffer.from(account, 'hex')).update(numbers)
      }
      return hash.digest('hex')
    },
  }
}
