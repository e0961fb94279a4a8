// Kademlia finds peers that nobody named, and keeps nothing for anybody.

import test from 'ava'
import { makeNode, until } from './support.ts'

test('two nodes that know only a third find each other', async (t) => {
  const options = { kademlia: 'server', limits: { redialMinMs: 100 } } as const
  const boot = await makeNode(options)
  await boot.start()
  const bootnodes = [...boot.addresses()]
  const [one, two] = await Promise.all([0, 1].map(() => makeNode({ ...options, bootnodes })))
  t.teardown(() => Promise.all([boot, one!, two!].map((node) => node.stop())))
  await one!.start()
  await until(() => one!.peers().length === 1, 'one knows boot')
  await two!.start()
  await until(() => two!.peers().some((peer) => peer.id === one!.peerId), 'two knows one', 20_000)
  t.is(two!.peers().length, 2)
})
