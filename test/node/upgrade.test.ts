import { randomBytes } from 'node:crypto'
import test from 'ava'
import { hasCode } from '../../src/base/error.ts'
import { unknownVersion } from '../../src/chain/upgrade.ts'
import { temporaryFolder, testChain, testFullNode, testLightNode, until } from './support.ts'

const namespace = new Uint8Array(29).fill(7, 19)

test('the first version that is not known is found in the schedule', (t) => {
  const versions = [
    { height: 0, version: 1 },
    { height: 10, version: 2 },
    { height: 20, version: 4 },
  ]
  t.is(unknownVersion({ versions }, [1, 2, 4]), undefined)
  t.deepEqual(unknownVersion({ versions }, [1, 4]), { version: 2, height: 10 })
  t.deepEqual(unknownVersion({ versions }, [1, 2, 3]), { version: 4, height: 20 })
})

test('a scheduled version begins at its height; a program without it stops there, and goes on once it has it', async (t) => {
  t.timeout(120_000)
  const folder = await temporaryFolder()
  t.teardown(folder.remove)
  const plain = await testChain(1, { idleIntervalMs: 400 })
  const height = 4
  const versions = [
    { height: 0, version: 1 },
    { height, version: 2 },
  ]
  const chain = { ...plain, genesis: { ...plain.genesis, versions } }
  const dataDir = `${folder.path}/validator`
  const validator = chain.validators[0]!

  const old = await testFullNode(chain, { dataDir, validator })
  t.teardown(() => old.node.stop())
  await old.node.start()
  const data = new Uint8Array(randomBytes(5_000))
  const { blobId } = await old.node.submit({ namespace, data, flags: 0 })
  await until('the old program to stop', 60_000, () => old.node.failed.aborted)
  t.true(hasCode(old.node.failed.reason, 'unknown-protocol-version'))
  t.regex((old.node.failed.reason as Error).message, /version 2 of the protocol, .* from height 4 on/)
  // The block below may be certified and not final yet.
  const { final } = await old.node.status()
  t.true([height - 2, height - 1].includes(final?.height ?? 0))
  await old.node.stop()

  // As it is, it cannot start again; nothing new is signed.
  const still = await testFullNode(chain, { dataDir, validator })
  await still.node.start()
  await until('the old program to stop again', 30_000, () => still.node.failed.aborted)
  t.false(still.events.some((event) => event.type === 'vote' && event.height >= height))
  await still.node.stop()

  const updated = await testFullNode(chain, { dataDir, validator, protocolVersions: [1, 2] })
  t.teardown(() => updated.node.stop())
  await updated.node.start()
  const status = await until('the chain to go on', 60_000, async () => {
    const now = await updated.node.status()
    return (now.final?.height ?? 0) >= height + 1 && now
  })
  const light = await testLightNode(chain, { dataDir: `${folder.path}/light`, bootnodes: status.addresses })
  t.teardown(() => light.node.stop())
  await light.node.start()
  await until('a light node to stop', 60_000, () => light.node.failed.aborted)
  t.true(hasCode(light.node.failed.reason, 'unknown-protocol-version'))
  const answer = await updated.node.read(blobId, { signal: AbortSignal.timeout(30_000) })
  t.deepEqual(answer.found && answer.data, data)
})
