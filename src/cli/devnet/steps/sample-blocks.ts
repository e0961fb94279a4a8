// Step 3: what the light nodes drew of each block, and what they say.

import { LIGHT_NODES, VALIDATORS } from '../names.ts'
import { drawBlock } from '../picture.ts'
import { lightVerdicts, type Stage, within } from '../stage.ts'

const SAMPLE_MS = 45_000

export const sampleBlocks = async (stage: Stage): Promise<void> => {
  const { screen, chronicle, claims, findings, devnet } = stage
  screen.heading(
    '3  Light nodes sample',
    'Who wants to hide a block so that nobody can restore it must keep back more than half of its columns. So a light node draws a few tiles at random, asks several peers for each, and checks every tile by a proof of 48 bytes against the header. Each draw has a better than even chance to hit the hole, if there is one; after all of them less than 1 in 200 such blocks would pass, and other light nodes draw other tiles.',
  )
  const fail = (reason: string): never => {
    claims.failed('sampled', reason)
    throw new Error(reason)
  }
  for (const { root } of findings.blocks) {
    const block = chronicle.block(root)
    if (block === undefined) return fail(`no node told of block ${root}`)
    const picture = screen.live((options) =>
      drawBlock(block, { validators: VALIDATORS, lightNodes: LIGHT_NODES, samples: 'shown' }, options),
    )
    try {
      const what = `verdicts of all light nodes of block ${block.height}`
      const reports = await within(stage, SAMPLE_MS, what, (signal) => lightVerdicts(stage, block, signal))
      findings.light.push(...reports)
    } catch (error) {
      claims.failed('sampled', (error as Error).message)
      throw error
    } finally {
      picture.finish()
    }
    for (const name of LIGHT_NODES) {
      const { verdict } = await devnet.node(name).client.verdict(root, { signal: stage.signal })
      if (verdict !== 'available') fail(`${name} says that block ${block.height} is ${verdict}`)
    }
  }
  claims.held('sampled')
}
