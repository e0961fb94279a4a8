// Starting, stopping, coming back: nothing is left open, and connections that are wanted return by themselves.

import net from 'node:net'
import test from 'ava'
import { createIdentity } from '../../src/network/identity.ts'
import { createRawClient } from './raw-client.ts'
import { chainId, createCounters, makeNode, soon, until } from './support.ts'

const open = () => process.getActiveResourcesInfo().filter((kind) => /TCP|Pipe|UDP/.test(kind)).length

test.serial(
  'after stop no socket, server or timer of the network is left, and both calls can be repeated',
  async (t) => {
    const before = open()
    const a = await makeNode()
    await a.start()
    await a.start()
    const b = await makeNode({ bootnodes: [...a.addresses()] })
    await b.start()
    await until(() => a.peers().some((peer) => peer.status !== undefined), 'status')
    t.true(open() > before)
    await Promise.all([a.stop(), b.stop(), a.stop()])
    await b.stop()
    await until(() => open() === before, 'all sockets are closed', 3_000)
    // Timers that are left would fire: none that keeps the process alive may be ours after gossipsub's first delay.
    await until(
      () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length <= 3,
      'timers have ended',
      5_000,
    )
    t.deepEqual(a.addresses(), [])
    t.deepEqual(a.peers(), [])
  },
)

test.serial('a node that restarts on the same address is found again by those who knew it', async (t) => {
  const privateKey = await createIdentity()
  const first = await makeNode({ privateKey })
  await first.start()
  const address = first.addresses()[0]!
  const listen = [address.slice(0, address.indexOf('/p2p/'))]
  const other = await makeNode({ bootnodes: [address], limits: { redialMinMs: 50, redialMaxMs: 200 } })
  t.teardown(() => other.stop())
  await other.start()
  await until(() => other.peers().length === 1, 'connected')
  await first.stop()
  await until(() => other.peers().length === 0, 'gone')
  const second = await makeNode({ privateKey, listen, topics: { columns: [4] } })
  t.teardown(() => second.stop())
  await second.start()
  await until(() => other.peers().some((peer) => peer.status !== undefined), 'back')
  await until(() => other.subscribers('column', 4).length === 1, 'subscriptions are back')
  t.is(other.peers()[0]!.id, second.peerId)
})

test.serial('the same network object can be started again', async (t) => {
  const node = await makeNode()
  t.teardown(() => node.stop())
  await node.start()
  await node.stop()
  await node.start()
  const other = await makeNode({ bootnodes: [...node.addresses()] })
  t.teardown(() => other.stop())
  await other.start()
  await until(() => other.peers().some((peer) => peer.status !== undefined), 'status')
  t.is(node.addresses().length, 1)
})

test.serial('a bootnode that comes up late is dialled until it answers', async (t) => {
  const privateKey = await createIdentity()
  const probe = await makeNode({ privateKey })
  await probe.start()
  const address = probe.addresses()[0]!
  await probe.stop()
  const waiting = await makeNode({ bootnodes: [address], limits: { redialMinMs: 50, redialMaxMs: 200 } })
  t.teardown(() => waiting.stop())
  await waiting.start()
  await new Promise((resolve) => setTimeout(resolve, 500))
  t.is(waiting.peers().length, 0)
  const late = await makeNode({ privateKey, listen: [address.slice(0, address.indexOf('/p2p/'))] })
  t.teardown(() => late.stop())
  await late.start()
  await until(() => waiting.peers().length === 1, 'connected')
  t.is(waiting.peers()[0]!.id, late.peerId)
})

test.serial('a peer’s custody is its place among the validators, or what its id and count say', async (t) => {
  const privateKey = await createIdentity()
  const validator = await makeNode({ privateKey })
  const seen: [number, number][] = []
  const other = await makeNode({
    validators: [new Uint8Array([0, 36, 8, 1, 18, 32, ...new Uint8Array(32).fill(3)]), validator.bytes],
    custodyOf: (id, count) => {
      seen.push([id.length, count])
      return [11, 22, 33]
    },
  })
  const full = await makeNode()
  t.teardown(() => Promise.all([validator.stop(), other.stop(), full.stop()]))
  await Promise.all([validator.start(), other.start(), full.start()])
  await other.dial(validator.addresses()[0]!, { signal: soon() })
  await other.dial(full.addresses()[0]!, { signal: soon() })
  await until(() => other.peers().filter((peer) => peer.status !== undefined).length === 2, 'statuses')
  const [ofValidator, ofFull] = [validator, full].map(
    (node) => other.peers().find((peer) => peer.id === node.peerId)!,
  )
  t.true(ofValidator!.isValidator)
  t.deepEqual(
    [...ofValidator!.custody].sort((a, b) => a - b),
    Array.from({ length: 64 }, (_, i) => 64 + i),
  )
  t.false(ofFull!.isValidator)
  t.deepEqual([...ofFull!.custody], [11, 22, 33])
  t.deepEqual(seen, [[38, 8]])
})

test.serial('penalties of rooms above add up to a ban, and the banned peer cannot come back', async (t) => {
  const metrics = createCounters()
  const node = await makeNode({ metrics })
  await node.start()
  const other = await makeNode({
    bootnodes: [...node.addresses()],
    limits: { redialMinMs: 50, redialMaxMs: 100 },
  })
  t.teardown(() => Promise.all([node.stop(), other.stop()]))
  await other.start()
  await until(() => node.peers().length === 1, 'connected')
  for (let i = 0; i < 4; i++) node.penalize(other.peerId, 'bad-tile')
  t.is(node.peers().length, 1)
  node.penalize(other.peerId, 'bad-tile')
  node.penalize(other.peerId, 'bad-tile')
  await until(() => node.peers().length === 0, 'disconnected')
  await new Promise((resolve) => setTimeout(resolve, 500))
  t.is(node.peers().length, 0)
  t.is(metrics.total('weft_network_bans_total'), 1)
  await t.throwsAsync(node.dial(other.addresses()[0]!, { signal: soon() }), { code: 'unreachable' })
})

test.serial('connections of one IP address are limited, and half-open ones time out', async (t) => {
  const node = await makeNode({
    limits: { maxConnectionsPerIp: 2, upgradeTimeoutMs: 400, inboundConnectionsPerSecond: 1_000 },
  })
  await node.start()
  const raws = await Promise.all([0, 1, 2].map(() => createRawClient({ chainId })))
  t.teardown(() => Promise.all([node.stop(), ...raws.map((raw) => raw.stop())]))
  const address = node.addresses()[0]!
  await raws[0]!.connect(address)
  await raws[1]!.connect(address)
  await t.throwsAsync(raws[2]!.connect(address))
  await raws[0]!.stop()
  await until(() => node.peers().length === 1, 'one less')

  const port = Number(/tcp\/(\d+)/.exec(address)![1])
  const socket = net.connect(port, '127.0.0.1')
  const startMs = performance.now()
  await new Promise<void>((resolve) => {
    socket.on('close', () => resolve())
    socket.on('error', () => resolve())
  })
  t.true(performance.now() - startMs < 3_000)
})

test.serial('bad configuration is refused with what was expected', async (t) => {
  await t.throwsAsync(makeNode({ chainId: 'xyz' }), { instanceOf: RangeError, message: /64 lower-case hex/ })
  await t.throwsAsync(makeNode({ validators: [Uint8Array.of(1, 2)] }), { instanceOf: TypeError })
  await t.throwsAsync(makeNode({ bootnodes: ['/ip4/127.0.0.1/tcp/1'] }), { message: /\/p2p\// })
})

test.serial('WebSocket works as TCP does', async (t) => {
  const server = await makeNode({ listen: ['/ip4/127.0.0.1/tcp/0/ws'] })
  await server.start()
  t.true(server.addresses()[0]!.includes('/ws'))
  const client = await makeNode({ listen: [], bootnodes: [...server.addresses()] })
  t.teardown(() => Promise.all([server.stop(), client.stop()]))
  await client.start()
  await until(() => client.peers().length === 1, 'connected')
  t.is((await client.request.headers(server.peerId, { start: 1, count: 2 }, { signal: soon() })).length, 2)
})

test.serial('a start that fails leaves nothing open, and can be tried again', async (t) => {
  const holder = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => holder.once('listening', resolve))
  const { port } = holder.address() as net.AddressInfo
  const before = open()
  const node = await makeNode({ listen: [`/ip4/127.0.0.1/tcp/${port}`] })
  t.teardown(async () => {
    holder.close()
    await node.stop()
  })
  await t.throwsAsync(node.start())
  await until(() => open() <= before, 'all closed')
  t.deepEqual(node.addresses(), [])
  await new Promise((resolve) => holder.close(resolve))
  await node.start()
  t.is(node.addresses().length, 1)
})
