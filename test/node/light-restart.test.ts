// A light node that stops and starts again knows what it knew, without asking anybody for old headers, and keeps its
// journal and its tiles.

import { join } from 'node:path'
import test from 'ava'
import { utf8 } from '../../src/base/bytes.ts'
import { namespaceOf } from '../../src/grid/blob.ts'
import { temporaryFolder, testChain, testFullNode, testLightNode, until } from './support.ts'

test('a light node resumes from its own database', async (t) => {
  t.timeout(120_000)
  const folder = await temporaryFolder()
  const chain = await testChain(1)
  const validator = await testFullNode(chain, {
    dataDir: join(folder.path, 'v'),
    validator: chain.validators[0]!,
  })
  const stops = [() => validator.node.stop()]
  try {
    await validator.node.start()
    const { addresses: bootnodes } = await validator.node.status()
    const first = await testLightNode(chain, { dataDir: join(folder.path, 'light'), bootnodes })
    stops.push(() => first.node.stop())
    await first.node.start()
    const { blobId } = await validator.node.submit({
      namespace: namespaceOf(utf8('light')),
      data: new Uint8Array(10_000).fill(5),
      flags: 0,
    })
    const certified = await until('the certificate', 60_000, async () => {
      const state = await validator.node.blobState(blobId)
      return state.state === 'certified' && state
    })
    // One peer is too few to spread samples over: it waits for more up to half of the deadline, and then asks the one.
    // Where that took too long, the same tiles are asked for again.
    await until('the verdict', 60_000, async () => (await first.node.verdict(certified.root)) === 'available')
    const before = await until('the tip', 30_000, async () => {
      const { final } = await first.node.status()
      return final !== undefined && final.height >= certified.height && final
    })
    await first.node.stop()

    // Nobody to ask: all that it knows now is its own.
    const second = await testLightNode(chain, { dataDir: join(folder.path, 'light') })
    stops.push(() => second.node.stop())
    await second.node.start()
    const { final } = await second.node.status()
    t.true(final !== undefined && final.height >= before.height)
    t.is(await second.node.verdict(certified.root), 'available')
  } finally {
    await Promise.all(stops.map((stop) => stop()))
    await folder.remove()
  }
})
