// weft get: a blob's bytes, checked against its blobId by the client, whatever the node says.

import { isUtf8 } from 'node:buffer'
import { existsSync } from 'node:fs'
import type { Command } from '../context.ts'
import { badInput, EXIT } from '../failure.ts'
import { writeNew } from '../files.ts'
import { createProgress } from '../progress.ts'
import { readBlobId, withClient } from './client-command.ts'

/** The node is asked to end so long before we do, for an answer that says why. */
const MARGIN_MS = 500
const MAX_NODE_MS = 120_000

export const get: Command<'get'> = async (values, [given = ''], context) => {
  const { terminal } = context
  const { out, json, deadlineMs } = values
  const blobId = readBlobId(given)
  if (out !== undefined && existsSync(out)) {
    throw badInput(`expected nothing at ${out} yet; what is there was left as it is`)
  }
  const progress = createProgress(terminal, 'reading')
  try {
    const { data, namespace, flags, height, root, source } = await withClient(
      values,
      context,
      (client, signal) =>
        client.read(blobId, {
          signal,
          timeoutMs: Math.min(MAX_NODE_MS, Math.max(1, deadlineMs - MARGIN_MS)),
          onProgress: (done, total) => progress.update(done, total),
        }),
    )
    progress.stop()
    if (out !== undefined) writeNew(out, data)
    const about = { blobId, namespace, flags, length: data.length, height, root, source }
    if (json) {
      const where = out === undefined ? { data: Buffer.from(data).toString('base64') } : { out }
      terminal.out(JSON.stringify({ ok: true, ...about, ...where }))
    } else if (out === undefined) {
      if (terminal.outIsTty && !isUtf8(data)) {
        throw badInput(`the blob is ${data.length} bytes that are no text; expected --out <file> or a pipe`)
      }
      await terminal.outBytes(data)
    } else
      terminal.out(
        `${data.length} bytes of block ${height} in ${out} (from ${source === 'store' ? "the node's disk" : 'its peers, verified'})`,
      )
    return EXIT.ok
  } finally {
    progress.stop()
  }
}
