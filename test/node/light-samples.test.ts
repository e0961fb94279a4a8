// Which blocks a light node samples: also those that became final by hundreds while it slept.

import test from 'ava'
import { toHex } from '../../src/base/bytes.ts'
import { silent } from '../../src/base/log.ts'
import { createEventHub } from '../../src/node/events.ts'
import { createLightSamples } from '../../src/node/light-samples.ts'
import { createBlocks, testEngine } from './blocks.ts'
import { testChain, until } from './support.ts'

const chain = await testChain(1)
const engine = testEngine(chain)
const blocks = createBlocks(chain, engine)
test.after.always(() => engine.close())

test('final blocks that are more than the queue holds are sampled all the same, each once', async (t) => {
  const { proposal, header } = await blocks.block({ height: 1 })
  const finals = Array.from({ length: 300 }, (_, i) => {
    const root = new Uint8Array(32)
    new DataView(root.buffer).setUint32(0, i + 1)
    const message = { ...header, height: i + 1 }
    return {
      root,
      announcement: { header: { ...proposal.header, message }, commitments: proposal.commitments },
    }
  })
  const sampled: string[] = []
  const samples = createLightSamples(
    { maxBands: 8, failureProbability: 0.005, backlogBlocks: 0, backlogBytes: 0 },
    {
      sampler: {
        async sample(root, announcement) {
          sampled.push(toHex(root))
          await new Promise((resolve) => setTimeout(resolve, 1))
          const { height } = announcement.header.message
          return { root, height, verdict: 'available', bytes: 0, ms: 1, outcomes: [] } as never
        },
      },
      chain: { finalAt: () => undefined, missing: () => undefined },
      store: { getSampleRecord: async () => undefined },
      events: createEventHub(silent),
      log: silent,
    },
  )
  samples.final(finals.slice(0, 1).toReversed())
  samples.final(finals.slice(1))
  await until('all verdicts', 10_000, () => samples.counts.available === 300)
  samples.stop()
  t.is(new Set(sampled).size, 300)
  t.is(sampled.length, 300)
})
