// weft restore: a block that nobody serves any more, from what light nodes sampled of it. Runs a light node for as long
// as it takes, and writes every blob of the block into a new folder; each was checked against its blobId.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { toHex } from '../../base/bytes.ts'
import { sleep } from '../../base/deadline.ts'
import type { RestoreFigures } from '../../node/restore-block.ts'
import type { LightNode } from '../../node/types.ts'
import type { Command } from '../context.ts'
import { badInput, EXIT, fail } from '../failure.ts'
import { makeFolder, writeNew } from '../files.ts'
import { restoringNode } from '../run-node.ts'

const POLL_MS = 250
const MAX_HEIGHT_DIGITS = 15

export const restore: Command<'restore'> = async (values, [given = ''], { terminal }) => {
  const { out, json, deadlineMs } = values
  if (!/^[1-9][0-9]*$/.test(given) || given.length > MAX_HEIGHT_DIGITS) {
    throw badInput(`expected the height of a block, got ${given}`)
  }
  if (out === undefined) throw badInput('expected --out <folder> for the blobs')
  if (existsSync(out)) throw badInput(`expected nothing at ${out} yet; what is there was left as it is`)
  const height = Number(given)
  const signal = AbortSignal.timeout(deadlineMs)
  const node = restoringNode(values)
  try {
    await node.start()
    await untilFinal(node, height, signal)
    const answer = await node.restore({ height }, { signal })
    if (!answer.restored) {
      if (answer.code === 'block-unknown') throw fail('refused', `there is no block at height ${height}`)
      if (answer.code !== 'incomplete')
        throw fail('refused', `the block is not what its header says: ${answer.code}`)
      throw fail('unavailable', tooLittle(answer.figures))
    }
    makeFolder(out)
    const blobs = answer.blobs.map(({ entry, data }) => {
      const blobId = toHex(entry.blobId)
      writeNew(join(out, blobId), data)
      return { blobId, namespace: toHex(entry.namespace), flags: entry.flags, length: data.length }
    })
    const { figures } = answer
    if (json) {
      terminal.out(JSON.stringify({ ok: true, height, root: toHex(answer.root), out, blobs, figures }))
    } else {
      for (const { blobId, length } of blobs) terminal.out(`${length} bytes in ${join(out, blobId)}`)
      terminal.out(
        `block ${height} restored from ${figures.tilesKnown} of ${figures.tilesOfBlock} tiles, of ${figures.nodesGiving} light nodes`,
      )
    }
    return EXIT.ok
  } finally {
    await node.stop()
  }
}

/** Until the chain is known beyond the height, or time is up. */
const untilFinal = async (node: LightNode, height: number, signal: AbortSignal): Promise<void> => {
  for (;;) {
    const { final, peers } = await node.status()
    if (final !== undefined && final.height >= height) return
    await sleep(POLL_MS, signal).catch(() => {
      throw fail(
        'unavailable',
        `expected a certificate of height ${height} or above, got none from ${peers} peers by the deadline`,
      )
    })
  }
}

const tooLittle = (figures: RestoreFigures | undefined): string =>
  figures === undefined
    ? 'too few tiles could be had'
    : `${figures.tilesKnown} of ${figures.tilesOfBlock} tiles could be had from ${figures.nodesGiving} light nodes, ` +
      `${figures.tilesMissing} stay unknown; about ${figures.nodesExpected} light nodes would be enough`
