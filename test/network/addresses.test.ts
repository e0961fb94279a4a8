// Nodes that are not reached where they listen: behind a forwarded port, and behind TLS that somebody else ends.

import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { makeNode, until } from './support.ts'

/** Passes each connection on to a port of this machine. Resolves with its own port. */
const forward = async (t: ExecutionContext, server: Server, port: () => number, host: string) => {
  const sockets = new Set<Socket>()
  let connections = 0
  const pass = (socket: Socket) => {
    connections++
    const inner = connect(port(), '127.0.0.1')
    for (const one of [socket, inner]) {
      sockets.add(one)
      one.on('error', () => {})
      one.on('close', () => sockets.delete(one))
    }
    socket.pipe(inner).pipe(socket)
  }
  server.on('setTicketKeys' in server ? 'secureConnection' : 'connection', pass)
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, connections: () => connections }
}

const portOf = (address: string): number => Number(/\/tcp\/(\d+)/.exec(address)?.[1])

test('a node behind a forwarded port is found and dialled at the address that it announces', async (t) => {
  t.timeout(90_000)
  let inner = 0
  const router = await forward(t, createServer(), () => inner, '127.0.0.2')
  const hub = await makeNode({ kademlia: 'server' })
  await hub.start()
  t.teardown(() => hub.stop())
  const announced = `/ip4/127.0.0.2/tcp/${router.port}`
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  inner = (probe.address() as AddressInfo).port
  await new Promise((resolve) => probe.close(resolve))
  const hidden = await makeNode({
    kademlia: 'server',
    listen: [`/ip4/127.0.0.1/tcp/${inner}`],
    announce: [announced],
    bootnodes: hub.addresses(),
  })
  await hidden.start()
  t.teardown(() => hidden.stop())
  t.deepEqual(hidden.addresses(), [`${announced}/p2p/${hidden.peerId}`])
  await until(() => hub.peers().length > 0, 'the hidden node to join')

  const other = await makeNode({
    kademlia: 'client',
    // Nobody can dial it: the connection is its own doing.
    listen: [],
    bootnodes: hub.addresses(),
    validators: [hidden.bytes],
  })
  await other.start()
  t.teardown(() => other.stop())
  await until(
    () => other.peers().some(({ id }) => id === hidden.peerId),
    'the hidden node to be found',
    60_000,
  )
  t.true(router.connections() > 0)
})

const hasOpenssl = spawnSync('openssl', ['version']).status === 0

test('a node is reached over TLS for WebSocket that a proxy ends', async (t) => {
  t.timeout(90_000)
  if (!hasOpenssl) {
    t.log('not run: there is no openssl here to make a certificate with')
    return t.pass()
  }
  const folder = mkdtempSync(join(tmpdir(), 'weft-tls-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  await promisify(execFile)(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '1',
    ].concat(
      ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
      ['-keyout', key, '-out', certificate],
    ),
  )
  const node = await makeNode({ listen: ['/ip4/127.0.0.1/tcp/0/ws'] })
  await node.start()
  t.teardown(() => node.stop())
  const inner = portOf(node.addresses()[0]!)
  const tls = createTlsServer({ key: readFileSync(key), cert: readFileSync(certificate) })
  const proxy = await forward(t, tls, () => inner, '127.0.0.1')

  const child = join(import.meta.dirname, 'tls-child.ts')
  const address = `/dns4/localhost/tcp/${proxy.port}/tls/ws/p2p/${node.peerId}`
  const { stdout } = await promisify(execFile)(process.execPath, [child, address], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate },
    timeout: 60_000,
  })
  t.deepEqual(JSON.parse(stdout), { finalHeight: 7 })
  t.true(proxy.connections() > 0)
})
