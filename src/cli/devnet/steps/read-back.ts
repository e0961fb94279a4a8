// Step 4: a full node that did not exist when the blobs were published joins, catches up and reads them back.

import { equal } from '../../../base/bytes.ts'
import { sleep } from '../../../base/deadline.ts'
import { showBytes } from '../draw-table.ts'
import { FULL_NODE } from '../names.ts'
import { type Published, type Stage, within } from '../stage.ts'

const JOIN_MS = 60_000
const READ_MS = 45_000
const POLL_MS = 250
/**
 * A blob as long as a row has cells in all 64 data columns, so that it cannot lie in the 8 that the node fetched for
 * itself after it had joined; a small one can.
 */
const ROW_BYTES = 126_976

export const readBack = async (stage: Stage, blobs: readonly Published[]): Promise<void> => {
  const { devnet, screen, claims, findings } = stage
  screen.heading(
    '4  A latecomer reads everything back',
    'A full node joins that did not run when the blobs were published, so it cannot have held any of them. It keeps 8 columns of 128, fetches the cells of a blob from its peers, and believes none of them: every cell must lead to the certified header.',
  )
  try {
    const height = Math.max(...findings.blocks.map((block) => block.height))
    await within(stage, JOIN_MS, `${FULL_NODE} to catch up with block ${height}`, async (signal) => {
      const { client } = await devnet.start(FULL_NODE, signal)
      screen.say(`${FULL_NODE} is up and begins at genesis`)
      while (((await client.status({ signal })).final?.height ?? 0) < height) await sleep(POLL_MS, signal)
    })
    screen.say(`${FULL_NODE} has followed the certificates up to block ${height}`)
    for (const blob of blobs) await readOne(stage, blob)
    const local = findings.readBack.find(({ source, length }) => source !== 'peers' && length > ROW_BYTES)
    if (local !== undefined) {
      throw new Error(`expected ${local.file} to come from peers, it was on ${FULL_NODE}'s disk`)
    }
    claims.held('readBack')
  } catch (error) {
    claims.failed('readBack', (error as Error).message)
    throw error
  }
}

const readOne = async (stage: Stage, { blobId, file, data }: Published): Promise<void> => {
  const { devnet, screen, findings } = stage
  const { client } = devnet.node(FULL_NODE)
  const startedMs = Date.now()
  const answer = await within(stage, READ_MS, `${FULL_NODE} to read ${file}`, (signal) =>
    client.read(blobId, { signal, timeoutMs: READ_MS - 1_000 }),
  )
  const ms = Date.now() - startedMs
  const isSame = equal(answer.data, data)
  const { source } = answer
  findings.readBack.push({
    node: FULL_NODE,
    blobId,
    file,
    length: answer.data.length,
    equal: isSame,
    source,
    ms,
  })
  if (!isSame) throw new Error(`expected the bytes of ${file}, ${FULL_NODE} read others`)
  screen.say(
    `${file}: ${showBytes(data.length)} read from ${source === 'peers' ? 'its peers' : 'its own columns, fetched since,'} in ${(ms / 1000).toFixed(1)} s, equal byte for byte`,
  )
}
