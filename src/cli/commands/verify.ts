// weft verify: whether a receipt holds, offline, from genesis alone; and, given the blob's bytes, whether they are the
// blob's and, where it is aligned, what its rows' commitments commit to.

import { toHex } from '../../base/bytes.ts'
import { WeftError } from '../../base/error.ts'
import { createBlstBls } from '../../chain/bls-blst.ts'
import { verifyReceipt } from '../../chain/verify-receipt.ts'
import { isAligned } from '../../grid/blob.ts'
import type { Command } from '../context.ts'
import { badInput, EXIT, fail } from '../failure.ts'
import { readBytes } from '../files.ts'
import { readGenesis } from '../genesis-file.ts'
import { folderPaths } from '../node-folder.ts'

export const verify: Command<'verify'> = async (values, [file = ''], { terminal }) => {
  const { json } = values
  const { genesis } = readGenesis(values.genesis ?? folderPaths(values.dir).genesis)
  const receipt = parse(readBytes(file, 'a receipt'), file)
  const data = values.data === undefined ? undefined : readBytes(values.data, "the blob's bytes")
  const certified = judge(() => verifyReceipt(receipt, genesis, { bls: createBlstBls(), data }), file)
  const { entry, header, commitments } = certified
  // Committing takes the tables of the kernels: only where there is something to commit to.
  const isCommitted = data !== undefined && isAligned(entry.flags)
  if (isCommitted) {
    const { createKzg } = await import('../../kzg/index.ts')
    const kzg = await createKzg()
    const commit = (row: Uint8Array) => kzg.blobToKzgCommitment(row)
    judge(() => verifyReceipt(receipt, genesis, { bls: createBlstBls(), data, commit }), file)
  }
  const checked = [
    'finality',
    'entry',
    'commitments',
    ...(data ? ['bytes'] : []),
    ...(isCommitted ? ['rows'] : []),
  ]
  const about = {
    blobId: toHex(entry.blobId),
    namespace: toHex(entry.namespace),
    flags: entry.flags,
    length: entry.length,
    height: header.height,
    timestamp: header.timestamp,
    commitments: commitments.map(toHex),
    checked,
  }
  if (json) terminal.out(JSON.stringify({ ok: true, ...about }))
  else {
    terminal.out(`certified  blob ${about.blobId}`)
    terminal.out(`in         block ${about.height}, ${new Date(about.timestamp).toISOString()}`)
    terminal.out(`namespace  ${about.namespace}, ${about.length} bytes`)
    for (const commitment of about.commitments) terminal.out(`row        ${commitment}`)
    terminal.out(`checked    ${checked.join(', ')}`)
  }
  return EXIT.ok
}

/** JSON, or SSZ where it is none: SSZ of a receipt begins with its version, 0x01. */
const parse = (bytes: Uint8Array, file: string): unknown => {
  if (bytes[0] === 1) return bytes
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw badInput(`expected a receipt in ${file}, JSON or SSZ`, { cause })
  }
}

const judge = (work: () => ReturnType<typeof verifyReceipt>, file: string) => {
  let answer: ReturnType<typeof verifyReceipt>
  try {
    answer = work()
  } catch (cause) {
    if (cause instanceof WeftError) throw badInput(`${file}: ${cause.message}`, { cause })
    throw cause
  }
  if (answer.verdict === 'reject') throw fail('refused', `the receipt does not hold: ${answer.code}`)
  return answer
}
