// The process of one scenario: loads it, runs it, reports its verdict and ends. Told to abort, it lets the scenario clean
// up first.

import { messageOf } from '../../src/base/error.ts'
import type { ScenarioCall, ScenarioMessage } from './run-scenario.ts'
import { scenarios } from './scenarios.ts'

const { name, long, seed } = JSON.parse(process.argv[2] ?? '') as ScenarioCall
const send = (message: ScenarioMessage) =>
  new Promise<void>((resolve) => {
    if (process.send === undefined) resolve()
    else process.send(message, undefined, undefined, () => resolve())
  })

const ended = new AbortController()
process.on('message', () => ended.abort(new Error('the runner ended this scenario')))
process.once('disconnect', () => ended.abort(new Error('the runner is gone')))

const load = scenarios[name]
if (load === undefined) throw new Error(`expected the name of a scenario, got ${name}`)
const { scenario } = await load()
const { fault, injected, longMinutes } = scenario
await send({ type: 'begin', fault, injected, longMinutes })
try {
  const say = (line: string) => void send({ type: 'say', line })
  const result = await scenario.run({ long, seed, signal: ended.signal, say })
  await send({ type: 'end', result })
} catch (error) {
  console.error(error)
  const broken = [`it stopped with an error: ${messageOf(error)}`]
  await send({ type: 'end', result: { held: false, broken, figures: {} } })
}
process.exit(0)
