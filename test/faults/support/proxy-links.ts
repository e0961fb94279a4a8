// Links as TCP proxies on loopback, one for each dialler and each node dialled. Nodes know each other by the proxies'
// addresses only and announce one that nobody answers at, so that nothing goes around a proxy.

import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Links } from './links.ts'
import type { ProcessNet } from './processes.ts'

interface Pair {
  readonly dialler: Socket
  readonly dialled: Socket
}

interface Proxy {
  readonly server: Server
  readonly port: number
  readonly pairs: Set<Pair>
}

/** Nobody listens at the discard port. */
const NOWHERE = '/ip4/127.0.0.1/tcp/9'

export const createProxyLinks = async (net: ProcessNet): Promise<Links> => {
  const names = net.plans.map(({ name }) => name)
  const held = new Set<string>()
  const key = (from: string, to: string) => `${from} ${to}`
  const proxies = new Map<string, Proxy>()

  /** Reads what may move, and leaves in the socket what may not. */
  const settle = (dialler: string, dialled: string, pair: Pair) => {
    if (held.has(key(dialler, dialled))) pair.dialler.pause()
    else pair.dialler.resume()
    if (held.has(key(dialled, dialler))) pair.dialled.pause()
    else pair.dialled.resume()
  }

  const open = (dialler: string, dialled: string): Promise<Proxy> =>
    new Promise((resolve, reject) => {
      const pairs = new Set<Pair>()
      const server = createServer({ pauseOnConnect: true }, (socket) => {
        const pair: Pair = { dialler: socket, dialled: connect(net.port(dialled), '127.0.0.1') }
        pairs.add(pair)
        join(pair, () => pairs.delete(pair))
        settle(dialler, dialled, pair)
      })
      server.once('error', reject)
      server.listen(0, '127.0.0.1', () => {
        const { port } = server.address() as { port: number }
        resolve({ server, port, pairs })
      })
    })

  const settleAll = () => {
    for (const [words, { pairs }] of proxies) {
      const [dialler = '', dialled = ''] = words.split(' ')
      for (const pair of pairs) settle(dialler, dialled, pair)
    }
  }

  for (const dialler of names)
    for (const dialled of names)
      if (dialler !== dialled) proxies.set(key(dialler, dialled), await open(dialler, dialled))

  return {
    kind: 'TCP proxies that stop forwarding',
    optionsOf: (name) => ({
      bootnodes: names
        .filter((other) => other !== name)
        .map((other) => `/ip4/127.0.0.1/tcp/${proxies.get(key(name, other))?.port}/p2p/${net.peerId(other)}`),
      args: ['--announce', NOWHERE],
    }),
    async hold(from, to) {
      held.add(key(from, to))
      settleAll()
    },
    async heal() {
      held.clear()
      settleAll()
    },
    async close() {
      for (const { server, pairs } of proxies.values()) {
        server.close()
        for (const { dialler, dialled } of pairs) {
          dialler.destroy()
          dialled.destroy()
        }
      }
    },
  }
}

const join = ({ dialler, dialled }: Pair, onEnd: () => void): void => {
  const forward = (from: Socket, to: Socket) => {
    from.on('data', (chunk) => {
      if (to.write(chunk)) return
      from.pause()
      to.once('drain', () => from.resume())
    })
    from.on('error', () => {})
    from.once('close', () => {
      to.destroy()
      onEnd()
    })
  }
  forward(dialler, dialled)
  forward(dialled, dialler)
}
