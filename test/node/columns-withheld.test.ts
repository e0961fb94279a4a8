// A leader that hands out only some of its columns: half of them are enough for everybody to restore and re-seed the
// rest; one fewer, and no certificate forms while light nodes say that the block is not to be had.

import { join } from 'node:path'
import test from 'ava'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import type { Network } from '../../src/chain/ports.ts'
import { namespaceOf } from '../../src/grid/blob.ts'
import { createConspiracy } from './colluding.ts'
import {
  type TestFullNode,
  temporaryFolder,
  testChain,
  testFullNode,
  testLightNode,
  until,
} from './support.ts'

const LEADER = 0

/** Withholds columns of its own blocks, from gossip and from streams. */
const withholding = (gives: (index: number) => boolean) => {
  const conspiracy = createConspiracy({ leader: LEADER, bands: 1, friends: new Set() })
  conspiracy.pattern = (_, column) => !gives(column)
  return conspiracy
}

const startNetwork = async (gives: (index: number) => boolean, timeoutMs: number) => {
  const folder = await temporaryFolder()
  const chain = await testChain(4, { timeoutMs, maxTimeoutMs: 2 * timeoutMs })
  const bootnodes: string[] = []
  const stops: (() => Promise<void>)[] = []
  const validators: TestFullNode[] = []
  for (const [i, validator] of chain.validators.entries()) {
    const running = await testFullNode(chain, {
      dataDir: join(folder.path, `v${i}`),
      validator,
      bootnodes,
      ...(i === LEADER ? withholding(gives) : {}),
    })
    stops.push(() => running.node.stop())
    await running.node.start()
    bootnodes.push(...(await running.node.status()).addresses)
    validators.push(running)
  }
  // So many samples that its draw never misses what is withheld.
  const sure = { failureProbability: 1e-9 }
  const light = await testLightNode(chain, { dataDir: join(folder.path, 'light'), bootnodes, light: sure })
  stops.push(() => light.node.stop())
  await light.node.start()
  const stop = async () => {
    await Promise.all(stops.map((each) => each()))
    await folder.remove()
  }
  return { chain, folder, bootnodes, stops, validators, light, stop }
}

const headerOfLeader = (nodes: readonly TestFullNode[]) =>
  nodes
    .flatMap(({ events }) => events)
    .find((event) => event.type === 'header' && event.proposer === LEADER && event.rowCount > 0)

test.serial('a block of which half of the columns are given is restored, re-seeded and final', async (t) => {
  t.timeout(150_000)
  const network = await startNetwork((index) => index < 64, 8_000)
  try {
    let requests: Network['request'] | undefined
    const full = await testFullNode(network.chain, {
      dataDir: join(network.folder.path, 'full'),
      bootnodes: network.bootnodes,
      wrapNetwork: (own) => {
        requests = own.request
        return own
      },
    })
    network.stops.push(() => full.node.stop())
    await full.node.start()
    const blob = { namespace: namespaceOf(utf8('half')), data: new Uint8Array(200_000).fill(9), flags: 0 }
    const { blobId } = await network.validators[LEADER]!.node.submit(blob)
    const certified = await until('the certificate', 100_000, async () => {
      const state = await full.node.blobState(blobId)
      return state.state === 'certified' && state
    })
    const key = toHex(certified.root)
    const restored = network.validators
      .flatMap(({ events }) => events)
      .filter((event) => event.type === 'available' && event.root === key && event.reseeded > 0)
    t.true(restored.length > 0)
    // Every column is served again, by each honest validator alone, those that the leader withholds first of all.
    const began = Date.now()
    const indices = Array.from({ length: 128 }, (_, index) => index)
    for (const { node } of network.validators.slice(1)) {
      const { peerId } = await node.status()
      // Two others' votes make a certificate: this one may be restoring still.
      const served = new Set<number>()
      await until('all columns of a validator', 30_000, async () => {
        const request = { root: certified.root, indices: indices.filter((index) => !served.has(index)) }
        const given = await requests!.columns(peerId, request, { signal: AbortSignal.timeout(30_000) })
        for (const { index } of given) served.add(index)
        return served.size === indices.length
      })
    }
    t.log(`all 128 columns from each of 3 validators in ${Date.now() - began} ms`)
    // The light node found it available, though half of it came only after others had restored it.
    await until('the verdict of the light node', 30_000, () =>
      network.light.events.some(
        (event) => event.type === 'sampled' && event.root === key && event.verdict === 'available',
      ),
    )
    // The full node has its custody, whichever columns these are.
    const { custody } = await full.node.status()
    await until('custody of the full node', 30_000, () =>
      full.events.some((event) => event.type === 'available' && event.root === key),
    )
    t.is(custody.length, 8)
    const answer = await full.node.read(blobId, { signal: AbortSignal.timeout(20_000) })
    t.true(answer.found && Buffer.compare(answer.data, blob.data) === 0)
  } finally {
    await network.stop()
  }
})

test.serial(
  'a block of which 63 columns are given gets no certificate, and light nodes say so',
  async (t) => {
    t.timeout(150_000)
    const network = await startNetwork((index) => index < 63, 4_000)
    try {
      const blob = { namespace: namespaceOf(utf8('gone')), data: new Uint8Array(200_000).fill(7), flags: 0 }
      await network.validators[LEADER]!.node.submit(blob)
      const header = await until('the header of the withheld block', 60_000, () => {
        const event = headerOfLeader(network.validators)
        return event?.type === 'header' && event
      })
      const sampled = await until('the verdict of the light node', 30_000, () =>
        network.light.events.find((event) => event.type === 'sampled' && event.root === header.root),
      )
      t.is(sampled.type === 'sampled' && sampled.verdict, 'unavailable')
      // The height ends as nil, and the chain goes on.
      await until('the chain to go on', 60_000, async () => {
        const { final } = await network.validators[1]!.node.status()
        return final !== undefined && final.height > header.height
      })
      const certificates = network.validators
        .flatMap(({ events }) => events)
        .filter((event) => event.type === 'certificate')
      t.false(certificates.some((event) => event.type === 'certificate' && event.root === header.root))
      t.true(
        certificates.some(
          (event) => event.type === 'certificate' && event.kind === 'nil' && event.height === header.height,
        ),
      )
      for (const { events } of network.validators.slice(1)) {
        t.false(events.some((event) => event.type === 'vote' && event.root === header.root))
      }
    } finally {
      await network.stop()
    }
  },
)
