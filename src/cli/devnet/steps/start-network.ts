// Step 1: four validators and three light nodes come up, each a process of its own.

import { sleep } from '../../../base/deadline.ts'
import { LIGHT_NODES, VALIDATORS } from '../names.ts'
import { type Stage, within } from '../stage.ts'

const START_MS = 120_000
const POLL_MS = 200

export const startNetwork = async (stage: Stage): Promise<void> => {
  const { devnet, screen, chronicle } = stage
  screen.heading(
    '1  A network',
    'Four validators make and certify blocks; three light nodes keep nothing and trust nobody. Each is a process of its own with its own database, and all they share is what they send each other over TCP.',
  )
  screen.say(`keys, genesis and logs are in ${devnet.folder}`)
  const starting = [...VALIDATORS, ...LIGHT_NODES]
  let up = 0
  const picture = screen.live(() => ['', `(${starting.length} processes are starting, ${up} are up)`])
  await within(stage, START_MS, 'seven nodes to come up', async (signal) => {
    await Promise.all(
      starting.map(async (name) => {
        const { ready } = await devnet.start(name, signal)
        up++
        screen.say(`${name} is up: ${ready.addresses[0]?.replace(/\/p2p\/.*/, '') ?? ready.api}`)
      }),
    )
    await Promise.all(VALIDATORS.map((name) => connected(stage, name, VALIDATORS.length - 1, signal)))
    await Promise.all(LIGHT_NODES.map((name) => connected(stage, name, 2, signal)))
    await chronicle.until(() => (chronicle.finalHeight('validator-1') > 0 ? true : undefined), signal)
  }).finally(() => picture.clear())
  const { ready } = devnet.node('validator-1')
  screen.say(
    `all are connected and a first, empty block is final; the chain's id, the hash of its genesis, is ${ready.chainId.slice(0, 16)}...`,
  )
}

const connected = async (
  { devnet }: Stage,
  name: Parameters<Stage['devnet']['node']>[0],
  peers: number,
  signal: AbortSignal,
) => {
  while ((await devnet.node(name).client.status({ signal })).peers < peers) await sleep(POLL_MS, signal)
}
