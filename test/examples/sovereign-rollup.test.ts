// The rollup of examples/sovereign-rollup against a real chain: through a sequencer that is killed between writing and publishing,
// strangers in its namespace, batches out of order, and transfers that are not covered.

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { FIRST, readBatch, writeBatch } from '../../examples/sovereign-rollup/batch.ts'
import { type Derived, derive } from '../../examples/sovereign-rollup/deriver.ts'
import type { Rollup } from '../../examples/sovereign-rollup/rollup.ts'
import { createSequencer } from '../../examples/sovereign-rollup/sequencer.ts'
import { createState } from '../../examples/sovereign-rollup/state.ts'
import {
  accountOf,
  keyOfSeed,
  readTransfer,
  signTransfer,
} from '../../examples/sovereign-rollup/transaction.ts'
import { type Client, createClient } from '../../src/api/client.ts'
import { createFullApi } from '../../src/api/node-api.ts'
import { silent } from '../../src/base/log.ts'
import { genesisToJson } from '../../src/chain/genesis-json.ts'
import type { FullNode } from '../../src/node/types.ts'
import { temporaryFolder, testChain, testFullNode, until } from '../node/support.ts'

const keys = Array.from({ length: 3 }, (_, i) => keyOfSeed(new Uint8Array(32).fill(i + 1)))
const [alice = '', bob = '', carol = ''] = keys.map(accountOf)
const sequencerKey = keyOfSeed(new Uint8Array(32).fill(9))
const transfer = (from: number, to: string, amount: bigint, nonce: bigint) =>
  signTransfer({ from: accountOf(keys[from]!), to, amount, nonce }, keys[from]!)

test('a transfer is read back only as its owner signed it', (t) => {
  const bytes = transfer(0, bob, 5n, 0n)
  t.deepEqual(readTransfer(bytes), { from: alice, to: bob, amount: 5n, nonce: 0n })
  for (const at of [0, 40, 71, 79, 100]) {
    const altered = Uint8Array.from(bytes)
    altered[at]! ^= 1
    t.is(readTransfer(altered), undefined, `byte ${at}`)
  }
  t.is(readTransfer(bytes.slice(1)), undefined)
  t.is(readTransfer(new Uint8Array(144)), undefined)
})

test('what is not covered, or is not the next of its account, changes nothing', (t) => {
  const state = createState({ [alice]: 10n })
  const before = state.root()
  t.false(state.apply({ from: alice, to: bob, amount: 11n, nonce: 0n }))
  t.false(state.apply({ from: alice, to: bob, amount: 1n, nonce: 1n }))
  t.false(state.apply({ from: carol, to: bob, amount: 1n, nonce: 0n }))
  t.is(state.root(), before)
  t.true(state.apply({ from: alice, to: alice, amount: 10n, nonce: 0n }))
  t.true(state.apply({ from: alice, to: bob, amount: 10n, nonce: 1n }))
  t.deepEqual(state.accounts.get(bob), { balance: 10n, nonce: 0n })
  t.false(state.apply({ from: alice, to: bob, amount: 1n, nonce: 1n }))
})

test('a batch is one only with the signature of its sequencer', (t) => {
  const batch = { number: 3n, before: 'ab'.repeat(32), transfers: [transfer(0, bob, 1n, 0n)] }
  const bytes = writeBatch(batch, sequencerKey)
  const { number, before, transfers } = readBatch(bytes, accountOf(sequencerKey))!
  t.deepEqual({ number, before, count: transfers.length }, { number: 3n, before: batch.before, count: 1 })
  t.is(readBatch(bytes, alice), undefined)
  t.is(readBatch(writeBatch(batch, keys[0]!), accountOf(sequencerKey)), undefined)
  for (const length of [0, 40, 103, bytes.length - 1]) {
    t.is(readBatch(bytes.slice(0, length), accountOf(sequencerKey)), undefined)
  }
})

const serve = async (t: ExecutionContext, node: FullNode, maxRows: number): Promise<string> => {
  const api = createFullApi(
    { host: '127.0.0.1', port: 0, maxRows },
    { node, log: silent, readiness: async () => ({ ready: true }) },
  )
  t.teardown(() => api.stop())
  return api.start()
}

test('a second node derives the sequencer’s state from Weft alone, after its disk is gone', async (t) => {
  t.timeout(240_000)
  const folder = await temporaryFolder()
  t.teardown(folder.remove)
  const chain = await testChain(1, { idleIntervalMs: 500 })
  const { node } = await testFullNode(chain, {
    dataDir: `${folder.path}/node`,
    validator: chain.validators[0]!,
  })
  await node.start()
  t.teardown(() => node.stop())
  const url = await serve(t, node, chain.genesis.maxRows)
  const client = createClient(url)
  const signal = AbortSignal.timeout(210_000)

  const rollup: Rollup = {
    namespace: `${'00'.repeat(19)}${randomBytes(10).toString('hex')}`,
    sequencer: accountOf(sequencerKey),
    balances: { [alice]: '100', [bob]: '50' },
    fromHeight: 1,
  }
  const disk = mkdtempSync(join(tmpdir(), 'sequencer-'))
  const start = (through: Pick<Client, 'publish' | 'waitFor'>) =>
    createSequencer({ rollup, folder: disk, key: sequencerKey }, { client: through })
  const first = start(client)
  t.true(first.submit(transfer(0, bob, 30n, 0n)))
  t.false(first.submit(transfer(0, bob, 30n, 0n)), 'the same again')
  t.true(first.submit(transfer(1, carol, 80n, 0n)))
  await first.publish(signal)

  // Strangers in the namespace: noise, and a batch that somebody else signed.
  const { namespace } = rollup
  const forged = writeBatch({ number: 1n, before: FIRST, transfers: [] }, keys[2]!)
  for (const data of [new Uint8Array(randomBytes(500)), forged]) {
    const { blobId } = await client.publish({ namespace, data }, { signal })
    await client.waitFor(blobId, 'certified', { signal })
  }

  // It writes a batch and dies before Weft has it.
  const dying = start({
    publish: async () => Promise.reject(new Error('killed')),
    waitFor: client.waitFor,
  })
  t.true(dying.submit(transfer(2, alice, 5n, 0n)))
  await t.throwsAsync(dying.publish(signal), { message: 'killed' })
  const second = start(client)
  await second.recover(signal)
  t.is(second.state.root(), dying.state.root())
  t.true(second.submit(transfer(0, carol, 75n, 1n)))
  t.false(second.submit(transfer(0, carol, 1n, 2n)), 'not covered')
  await second.publish(signal)
  const wanted = second.state.root()
  t.is(readdirSync(disk).length, 3)
  rmSync(disk, { recursive: true })

  // Through this node of Weft, and through one that came later and keeps a few columns of each block.
  const { node: full } = await testFullNode(chain, {
    dataDir: `${folder.path}/full`,
    bootnodes: (await node.status()).addresses,
  })
  await full.start()
  t.teardown(() => full.stop())
  // Before that it may have no proof yet that a block is final, and says so.
  const { final: newest } = await node.status()
  await until('the second node to catch up', 60_000, async () => {
    const { final } = await full.status()
    return final !== undefined && final.height >= newest!.height
  })
  const genesis = genesisToJson(chain.genesis)
  for (const through of [client, createClient(await serve(t, full, chain.genesis.maxRows))]) {
    let derived: Derived | undefined
    for await (derived of derive({ rollup, genesis }, { client: through }, signal))
      if (derived.batches === 3n) break
    t.like(derived, { batches: 3n, transfers: 4, leftOut: 2, root: wanted })
  }

  // The program as its README has it.
  writeFileSync(`${folder.path}/genesis.json`, JSON.stringify(genesis))
  const program = ['-C', 'source', 'examples/sovereign-rollup/main.ts']
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...program, '--api', url, '--genesis', `${folder.path}/genesis.json`],
    { cwd: join(import.meta.dirname, '../..'), timeout: 100_000 },
  )
  const [, root = ''] = /^sequencer (\w{64}), and its disk is deleted$/m.exec(stdout) ?? []
  t.regex(stdout, new RegExp(`^derived +${root} from 3 batches`, 'm'))

  // A receipt of another chain is not believed.
  const other = genesisToJson({ ...chain.genesis, timestamp: chain.genesis.timestamp + 1 })
  await t.throwsAsync(
    async () => {
      for await (const _ of derive({ rollup, genesis: other }, { client }, signal)) break
    },
    { message: /expected a receipt that holds, got / },
  )
})
