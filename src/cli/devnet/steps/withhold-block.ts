// Step 6: a leader withholds. A hostile process takes the stopped validator's place, and in its turn proposes a block
// of which it lets out 60 columns, four fewer than restore it. Nobody may certify it, and every light node must refuse.

import type { Refusal } from '../../../api/client.ts'
import { WeftError } from '../../../base/error.ts'
import type { BlockRecord } from '../chronicle.ts'
import { LIGHT_NODES, VALIDATORS } from '../names.ts'
import { drawBlock } from '../picture.ts'
import { lightVerdicts, publish, type Stage, within } from '../stage.ts'
import { PUBLISHED_COLUMNS } from '../withholding.ts'
import { STOPPED } from './stop-validator.ts'

const PROPOSE_MS = 90_000
const REFUSE_MS = 45_000
const PASS_MS = 90_000
/** Eight rows: every band has one. */
const WITHHELD_BYTES = 1_000_000
const COLUMNS_TO_RESTORE = 64
const HONEST = VALIDATORS.filter((name) => name !== STOPPED)

export const withholdBlock = async (stage: Stage): Promise<void> => {
  const { devnet, screen, chronicle, claims } = stage
  screen.heading(
    '6  A leader withholds',
    `A hostile process takes the key of ${STOPPED}. In its turn it proposes a block with a valid header and lets out ${PUBLISHED_COLUMNS.size} columns: no proof in it is wrong, there is just too little of it. ${COLUMNS_TO_RESTORE} would restore it.`,
  )
  const known = new Set(chronicle.blocks().map(({ root }) => root))
  const proposer = VALIDATORS.indexOf(STOPPED)
  const block = await within(stage, PROPOSE_MS, 'the hostile leader to propose', async (signal) => {
    await devnet.startWithholder(STOPPED, signal)
    screen.say('the hostile leader is up; it is given a blob that nobody else has')
    await publish(stage, STOPPED, { file: 'withheld', data: largeOf(stage), namespace: 'withheld' }, signal)
    return chronicle.until(
      () =>
        chronicle
          .blocks()
          .find((one) => one.proposer === proposer && one.rowCount > 0 && !known.has(one.root)),
      signal,
    )
  }).catch((error: Error) => {
    claims.failed('refused', error.message)
    throw error
  })
  await refusedByAll(stage, block)
  await neverCertified(stage, block)
}

const refusedByAll = async (stage: Stage, block: BlockRecord): Promise<void> => {
  const { devnet, screen, claims, findings } = stage
  const picture = screen.live((options) =>
    drawBlock(block, { validators: VALIDATORS, lightNodes: LIGHT_NODES, samples: 'shown' }, options),
  )
  try {
    const light = await within(stage, REFUSE_MS, 'verdicts of all light nodes', (signal) =>
      lightVerdicts(stage, block, signal),
    )
    findings.withheld = {
      height: block.height,
      root: block.root,
      proposer: STOPPED,
      rowCount: block.rowCount,
      columnsOut: block.columns.size,
      columnsToRestore: COLUMNS_TO_RESTORE,
      light,
      notariseCertificate: false,
      finalizeCertificate: false,
      nilCertificate: false,
      finalHeight: 0,
    }
    for (const name of LIGHT_NODES) {
      const { verdict } = await devnet.node(name).client.verdict(block.root, { signal: stage.signal })
      if (verdict !== 'unavailable')
        throw new Error(`expected ${name} to refuse the block, it says ${verdict}`)
    }
    claims.held('refused')
  } catch (error) {
    claims.failed('refused', (error as Error).message)
    throw error
  } finally {
    picture.finish()
  }
}

const neverCertified = async (stage: Stage, block: BlockRecord): Promise<void> => {
  const { screen, chronicle, claims, findings, devnet } = stage
  try {
    await within(stage, PASS_MS, `blocks above ${block.height} to become final`, (signal) =>
      chronicle.until(
        () =>
          chronicle.hasNil(block.height) && HONEST.every((name) => chronicle.finalHeight(name) > block.height)
            ? true
            : undefined,
        signal,
      ),
    )
    claims.held('passed')
  } catch (error) {
    claims.failed('passed', (error as Error).message)
  }
  const notariseCertificate = block.certificates.has('notarise')
  const finalizeCertificate = block.certificates.has('finalize') || block.finalFor.size > 0
  const finalHeight = Math.max(...HONEST.map((name) => chronicle.finalHeight(name)))
  const nilCertificate = chronicle.hasNil(block.height)
  if (findings.withheld !== undefined) {
    findings.withheld = {
      ...findings.withheld,
      notariseCertificate,
      finalizeCertificate,
      nilCertificate,
      finalHeight,
    }
  }
  const restoredBy = [...block.restoredBy]
  const holders = await holdersOf(stage, block)
  if (notariseCertificate || finalizeCertificate) claims.failed('uncertified', 'a certificate formed for it')
  else if (restoredBy.length > 0) claims.failed('uncertified', `${restoredBy.join(', ')} restored it`)
  else if (holders.length > 0) claims.failed('uncertified', `${holders.join(', ')} count it as final`)
  else claims.held('uncertified')
  screen.say(
    `no notarise and no finalize certificate formed for block ${block.height}; the validators certified nil for its height, and block ${finalHeight} is final now`,
  )
  const code = await devnet.stop(STOPPED)
  if (code !== 0) claims.failed('ended', `the hostile leader ended with exit code ${code}`)
}

/** What a node says of a height that has no final block: for ever, or not yet. */
const hasNone: ReadonlySet<string> = new Set(['empty-height', 'not-final-yet'])

/** Honest nodes that have a final block at the height of the withheld one. */
const holdersOf = async ({ devnet, signal }: Stage, block: BlockRecord): Promise<readonly string[]> => {
  const holders: string[] = []
  for (const name of HONEST) {
    try {
      await devnet.node(name).client.block(block.height, { signal })
      holders.push(name)
    } catch (error) {
      if (!(error instanceof WeftError) || !hasNone.has((error.data as Refusal).code)) throw error
    }
  }
  return holders
}

/** The largest source, over and over. */
const largeOf = ({ sources }: Stage): Uint8Array => {
  const [largest] = sources.map(({ data }) => data).sort((a, b) => b.length - a.length)
  if (largest === undefined) throw new Error('expected something to publish')
  const large = new Uint8Array(WITHHELD_BYTES)
  for (let offset = 0; offset < large.length; offset += largest.length) {
    large.set(largest.subarray(0, large.length - offset), offset)
  }
  return large
}
