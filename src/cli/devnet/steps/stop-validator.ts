// Step 5: one validator of four is stopped, and the chain certifies another block without it.

import { VALIDATORS } from '../names.ts'
import { aboutBlock } from '../picture.ts'
import { blockReport, certifiedBlock, certifiedIn, publish, type Stage, within } from '../stage.ts'

export const STOPPED = 'validator-4'
const CERTIFY_MS = 90_000

export const stopValidator = async (stage: Stage): Promise<void> => {
  const { devnet, screen, claims, findings, sources } = stage
  screen.heading(
    '5  A validator goes away',
    'Certificates need more than two thirds of the weight: three of four. In the turn of the one that is gone the others wait, vote nil for that height and go on.',
  )
  try {
    const code = await devnet.stop(STOPPED)
    if (code !== 0) throw new Error(`expected ${STOPPED} to end with exit code 0, it ended with ${code}`)
    screen.say(`${STOPPED} was stopped by SIGTERM and ended in order`)
    const block = await within(stage, CERTIFY_MS, 'a blob to be certified by three', async (signal) => {
      const blob = await publish(stage, 'validator-1', { ...sources[0]!, namespace: 'after-stop' }, signal)
      const certified = await certifiedBlock(stage, await certifiedIn(stage, blob, signal), signal)
      findings.blocks.push(blockReport(certified, [blob]))
      return certified
    })
    screen.say(aboutBlock(block, VALIDATORS))
    claims.held('goesOn')
  } catch (error) {
    claims.failed('goesOn', (error as Error).message)
    throw error
  }
}
