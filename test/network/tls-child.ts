// A node of its own process, which trusts a certificate by NODE_EXTRA_CA_CERTS: dials the address of its argument, asks
// for the status, prints the final height and over what it is connected.

import { makeNode, soon, until } from './support.ts'

const [address = ''] = process.argv.slice(2)
const node = await makeNode({ listen: [], bootnodes: [address] })
await node.start()
await until(() => node.peers().length > 0, 'the node behind TLS', 30_000)
const { finalHeight } = await node.request.status(node.peers()[0]!.id, { signal: soon() })
console.log(JSON.stringify({ finalHeight }))
await node.stop()
