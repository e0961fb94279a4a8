// What hostile peers do with connections: too many, too fast, half-open, and all by one name.

import { createRawClient } from '../../network/raw-client.ts'
import { type Attack, type AttackContext, pause, random, tcpFlood } from './attack.ts'
import type { AttackReport } from './attacker.ts'

export const connectionAttacks: Readonly<Record<string, Attack>> = {
  connections: {
    words: 'connections by the same address, as fast as they can be opened',
    limits: ['inboundConnectionsPerSecond'],
    cut: true,
    run: (context) => tcpFlood(context, 10, (socket) => socket.write(random(100))),
  },
  'half-open': {
    words: 'connections that say nothing, or half of their greeting',
    limits: [],
    cut: true,
    run: (context) =>
      tcpFlood(context, 1, (socket) => {
        if (Math.random() < 0.5) socket.write(Uint8Array.of(19, 47, 109))
      }),
  },
  'same-name': {
    words: 'connections by one name, one after the other, all kept',
    limits: ['maxConnectionsPerPeer'],
    cut: false,
    run: sameName,
  },
}

/** Below the rate of new connections, so that it is their number that is met. */
async function sameName({ address, chainId, untilMs }: AttackContext): Promise<AttackReport> {
  const first = await createRawClient({ chainId })
  const hosts = [first]
  let sent = 0
  while (Date.now() < untilMs) {
    const raw = sent === 0 ? first : await createRawClient({ chainId, privateKey: first.privateKey })
    if (sent > 0) hosts.push(raw)
    sent++
    await raw.connect(address).catch(() => {})
    await pause(250)
  }
  await Promise.all(hosts.map((host) => host.stop()))
  return { sent, cuts: [] }
}
