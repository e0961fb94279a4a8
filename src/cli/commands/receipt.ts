// weft receipt: the portable proof that a blob is certified, for weft verify and verifyReceipt.

import type { Command } from '../context.ts'
import { EXIT } from '../failure.ts'
import { writeNew } from '../files.ts'
import { readBlobId, withClient } from './client-command.ts'

export const receipt: Command<'receipt'> = async (values, [given = ''], context) => {
  const blobId = readBlobId(given)
  const { out, json } = values
  const answer = await withClient(values, context, (client, signal) => client.receipt(blobId, { signal }))
  const text = JSON.stringify(answer)
  if (out === undefined) context.terminal.out(text)
  else {
    writeNew(out, `${text}\n`)
    const height = answer.headers[0]?.height
    if (json) context.terminal.out(JSON.stringify({ ok: true, blobId, height, out }))
    else context.terminal.out(`receipt of block ${height} in ${out}`)
  }
  return EXIT.ok
}
