// node -C source examples/sovereign-rollup/main.ts --api http://127.0.0.1:26780 --genesis my-chain/genesis.json
//
// A rollup from beginning to end: a sequencer takes transfers of three accounts, posts them in batches, forgets everything, and a
// second node derives the same state from Weft alone. Ends with 0 only if the roots are equal.

import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createClient } from 'weft-da/client'
import { derive } from './deriver.ts'
import type { Rollup } from './rollup.ts'
import { createSequencer } from './sequencer.ts'
import { accountOf, keyOfSeed, signTransfer } from './transaction.ts'

const { values } = parseArgs({
  options: {
    api: { type: 'string', default: 'http://127.0.0.1:26780' },
    genesis: { type: 'string', default: 'my-chain/genesis.json' },
    batches: { type: 'string', default: '3' },
  },
})
const client = createClient(values.api)
const genesis: unknown = JSON.parse(readFileSync(values.genesis, 'utf8'))
const signal = AbortSignal.timeout(300_000)

const [sequencerKey, ...keys] = Array.from({ length: 4 }, () => keyOfSeed(randomBytes(32)))
const accounts = keys.map(accountOf)
const { final } = await client.status({ signal })
const rollup: Rollup = {
  namespace: `${'00'.repeat(19)}${randomBytes(10).toString('hex')}`,
  sequencer: accountOf(sequencerKey!),
  balances: Object.fromEntries(accounts.map((account) => [account, '1000'])),
  fromHeight: (final?.height ?? 0) + 1,
}

const folder = mkdtempSync(join(tmpdir(), 'sovereign-rollup-'))
const sequencer = createSequencer({ rollup, folder, key: sequencerKey! }, { client })
for (let batch = 0; batch < Number(values.batches); batch++) {
  keys.forEach((key, i) => {
    const from = accounts[i]!
    const to = accounts[(i + 1) % accounts.length]!
    const nonce = sequencer.state.accounts.get(from)?.nonce ?? 0n
    sequencer.submit(signTransfer({ from, to, amount: BigInt(10 * i + batch), nonce }, key))
  })
  console.log(`batch ${batch}: ${await sequencer.publish(signal)}`)
}
const wanted = sequencer.state.root()
rmSync(folder, { recursive: true })
console.log(`sequencer ${wanted}, and its disk is deleted`)

for await (const derived of derive({ rollup, genesis }, { client }, signal)) {
  console.log(`derived   ${derived.root} from ${derived.batches} batches up to height ${derived.height}`)
  if (derived.batches < BigInt(values.batches)) continue
  process.exitCode = derived.root === wanted ? 0 : 1
  break
}
