// Step 2: three rollups publish, each through another validator; validators gather columns, restore and certify.

import { showBytes } from '../draw-table.ts'
import { LIGHT_NODES, VALIDATORS } from '../names.ts'
import { aboutBlock, drawBlock } from '../picture.ts'
import {
  blockReport,
  certifiedBlock,
  certifiedIn,
  type Published,
  publish,
  type Stage,
  within,
} from '../stage.ts'

const NAMESPACES = ['alpha-op', 'beta-zk', 'gamma-l3'] as const
/** Much more than it takes, for machines that are busy with other things. */
const CERTIFY_MS = 120_000

/** Resolves with the blobs, each certified. */
export const publishBlobs = async (stage: Stage): Promise<readonly Published[]> => {
  const { screen, chronicle, claims, findings, sources } = stage
  screen.heading(
    '2  Three rollups publish',
    'A leader packs the blobs into rows of 126,976 bytes and stretches each row to 128 columns, so that any 64 columns restore everything; that is the grid below. The columns go out over the network, and a validator signs only after it has restored and checked the whole grid from what it was sent.',
  )
  const blobs = await within(stage, CERTIFY_MS, 'the blobs to be taken', (signal) =>
    Promise.all(
      sources.map((source, i) =>
        publish(
          stage,
          VALIDATORS[i % 3]!,
          { ...source, namespace: NAMESPACES[i % NAMESPACES.length]! },
          signal,
        ),
      ),
    ),
  )
  for (const { namespace, file, length, through, blobId } of blobs) {
    screen.say(
      `${namespace} publishes ${file} (${showBytes(length)}) through ${through}: blob ${blobId.slice(0, 12)}...`,
    )
  }
  const picture = screen.live((options) => {
    const block = chronicle.blocks().findLast(({ rowCount }) => rowCount > 0)
    if (block === undefined) return ['', '(waiting for the first block)']
    return drawBlock(block, { validators: VALIDATORS, lightNodes: LIGHT_NODES, samples: 'not yet' }, options)
  })
  try {
    const roots = await within(stage, CERTIFY_MS, 'every blob to be certified', (signal) =>
      Promise.all(blobs.map((blob) => certifiedIn(stage, blob, signal))),
    )
    for (const root of new Set(roots)) {
      const block = await within(stage, CERTIFY_MS, 'a certificate', (signal) =>
        certifiedBlock(stage, root, signal),
      )
      const inside = blobs.filter((_, i) => roots[i] === root)
      findings.blocks.push(blockReport(block, inside))
      screen.say(`${aboutBlock(block, VALIDATORS)}. It holds ${inside.map(({ file }) => file).join(', ')}.`)
    }
    claims.held('certified')
  } catch (error) {
    claims.failed('certified', (error as Error).message)
    throw error
  } finally {
    picture.clear()
  }
  return blobs
}
