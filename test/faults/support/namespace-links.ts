// Links in Linux: each node in a network namespace of its own, joined by a bridge. A link is held by a blackhole route in
// the sender's namespace, so that its packets are dropped on their way out. Needs root and iproute2.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Links } from './links.ts'
import type { ProcessNet } from './processes.ts'

const run = promisify(execFile)
const ip = (...words: readonly string[]) => run('ip', words)

/** Why namespaces cannot be used here, or undefined. */
export const namespacesMissing = async (): Promise<string | undefined> => {
  if (process.platform !== 'linux') return 'no network namespaces on this system'
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  const probe = `weftprobe${process.pid}`
  try {
    await ip('netns', 'add', probe)
    try {
      await ip('link', 'add', `wp${process.pid}`, 'type', 'bridge')
      await ip('link', 'del', `wp${process.pid}`)
    } finally {
      await ip('netns', 'del', probe)
    }
    return undefined
  } catch {
    return 'ip netns or bridges do not work here'
  }
}

const PORT = 26_700
/** Of the block that RFC 2544 reserves for tests of networks. */
const SUBNET = '198.18.77'

export const createNamespaceLinks = async (net: ProcessNet): Promise<Links> => {
  const names = net.plans.map(({ name }) => name)
  const tag = process.pid % 100_000
  const bridge = `wbr${tag}`
  const space = (name: string) => `weft${tag}-${names.indexOf(name)}`
  const address = (name: string) => `${SUBNET}.${names.indexOf(name) + 1}`
  const held = new Set<string>()

  const close = async () => {
    for (const name of names) await ip('netns', 'del', space(name)).catch(() => {})
    await ip('link', 'del', bridge).catch(() => {})
  }

  try {
    await ip('link', 'add', bridge, 'type', 'bridge')
    await ip('addr', 'add', `${SUBNET}.254/24`, 'dev', bridge)
    await ip('link', 'set', bridge, 'up')
    for (const [i, name] of names.entries()) {
      const inside = (...words: readonly string[]) => ip('-n', space(name), ...words)
      await ip('netns', 'add', space(name))
      await ip('link', 'add', `wv${tag}-${i}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space(name))
      await ip('link', 'set', `wv${tag}-${i}`, 'master', bridge, 'up')
      await inside('addr', 'add', `${address(name)}/24`, 'dev', 'eth0')
      await inside('link', 'set', 'eth0', 'up')
      await inside('link', 'set', 'lo', 'up')
    }
  } catch (error) {
    await close()
    throw error
  }

  return {
    kind: 'network namespaces, packets dropped by blackhole routes',
    optionsOf: (name) => ({
      prefix: ['ip', 'netns', 'exec', space(name)],
      listen: `/ip4/${address(name)}/tcp/${PORT}`,
      bootnodes: names
        .filter((other) => other !== name)
        .map((other) => `/ip4/${address(other)}/tcp/${PORT}/p2p/${net.peerId(other)}`),
      // Who asks does so from outside of the namespace.
      args: ['--api-host', address(name), '--api-anonymous', 'write'],
    }),
    async hold(from, to) {
      if (held.has(`${from} ${to}`)) return
      held.add(`${from} ${to}`)
      await ip('-n', space(from), 'route', 'add', 'blackhole', `${address(to)}/32`)
    },
    async heal() {
      for (const words of held) {
        const [from = '', to = ''] = words.split(' ')
        await ip('-n', space(from), 'route', 'del', 'blackhole', `${address(to)}/32`)
      }
      held.clear()
    },
    close,
  }
}
