// Whole nodes on real libp2p and real databases, in one process: a blob from publication to certificate, sampling and
// reading back; a validator that restarts; a full node that comes late.

import { join } from 'node:path'
import test from 'ava'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { namespaceOf } from '../../src/grid/blob.ts'
import {
  type TestFullNode,
  temporaryFolder,
  testChain,
  testFullNode,
  testLightNode,
  until,
} from './support.ts'

const dataOf = (size: number) => Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 0xff)

test('a blob is certified, sampled and read back, through a restart and by a late comer', async (t) => {
  t.timeout(180_000)
  const folder = await temporaryFolder()
  const chain = await testChain(4)
  const bootnodes: string[] = []
  const stops: (() => Promise<void>)[] = []
  try {
    const validators: TestFullNode[] = []
    for (const [i, validator] of chain.validators.entries()) {
      const running = await testFullNode(chain, { dataDir: join(folder.path, `v${i}`), validator, bootnodes })
      stops.push(() => running.node.stop())
      await running.node.start()
      bootnodes.push(...(await running.node.status()).addresses)
      validators.push(running)
    }
    const full = await testFullNode(chain, { dataDir: join(folder.path, 'full'), bootnodes })
    stops.push(() => full.node.stop())
    await full.node.start()
    const light = await testLightNode(chain, { dataDir: join(folder.path, 'light'), bootnodes })
    stops.push(() => light.node.stop())
    await light.node.start()

    // Published at the full node, which has no key, and certified by the validators.
    const blob = { namespace: namespaceOf(utf8('first')), data: dataOf(300_000), flags: 0 }
    const { blobId, state } = await full.node.submit(blob)
    t.is(state.state, 'accepted')
    const certified = await until('the certificate', 90_000, async () => {
      const now = await full.node.blobState(blobId)
      return now.state === 'certified' && now
    })
    const { root } = certified

    // Sampled by the light node, from more than one peer.
    await until('the verdict', 60_000, async () => (await light.node.verdict(root)) === 'available')
    // A verdict can be read as soon as it is written, which is before anybody is told of it.
    const sampled = await until('the samples', 5_000, () =>
      light.events.find(
        (event) => event.type === 'sampled' && event.root === toHex(root) && event.verdict === 'available',
      ),
    )
    t.true(sampled.type === 'sampled' && new Set(sampled.outcomes.map(({ peers }) => peers.at(-1))).size > 1)
    await until('the light node to follow', 20_000, async () => {
      const { final } = await light.node.status()
      return final !== undefined && final.height >= certified.height
    })

    // Read by the full node, which keeps 8 columns, and by a validator.
    const read = await full.node.read(blobId, { signal: AbortSignal.timeout(20_000) })
    t.true(read.found && read.source === 'peers' && Buffer.compare(read.data, blob.data) === 0)
    const others = await until('a validator to have the blob final', 20_000, async () => {
      const answer = await validators[0]!.node.read(blobId, { signal: AbortSignal.timeout(20_000) })
      return answer.found && answer
    })
    t.deepEqual(toHex(others.data.slice(0, 100)), toHex(blob.data.slice(0, 100)))

    // A validator goes away; the chain goes on with three of four; it comes back and catches up.
    await validators[3]!.node.stop()
    const second = { namespace: namespaceOf(utf8('second')), data: dataOf(5_000), flags: 0 }
    const { blobId: secondId } = await full.node.submit(second)
    const next = await until('a certificate of three validators', 90_000, async () => {
      const now = await full.node.blobState(secondId)
      return now.state === 'certified' && now
    })
    const back = await testFullNode(chain, {
      dataDir: join(folder.path, 'v3'),
      validator: chain.validators[3]!,
      bootnodes: bootnodes.slice(0, 3),
    })
    stops.push(() => back.node.stop())
    await back.node.start()
    await until(
      'the validator to catch up',
      60_000,
      async () => (await back.node.blobState(secondId)).state === 'certified',
    )

    // A full node that comes late finds both blobs.
    const late = await testFullNode(chain, {
      dataDir: join(folder.path, 'late'),
      bootnodes: bootnodes.slice(0, 3),
    })
    stops.push(() => late.node.stop())
    await late.node.start()
    for (const [id, { data }] of [
      [blobId, blob],
      [secondId, second],
    ] as const) {
      const answer = await until('the late node to read', 60_000, async () => {
        const found = await late.node.read(id, { signal: AbortSignal.timeout(10_000) })
        return found.found && found
      })
      t.is(Buffer.compare(answer.data, data), 0)
    }
    const entries = await late.node.list(next.height, second.namespace)
    t.deepEqual(
      entries?.map((entry) => toHex(entry.blobId)),
      [toHex(secondId)],
    )
  } finally {
    await Promise.all(stops.map((stop) => stop()))
    await folder.remove()
  }
})
