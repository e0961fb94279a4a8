// weft publish: a file becomes a blob. The blobId is computed here, before anything is sent, so that whatever happens
// on the way there is a name to ask by.

import type { TicketJson } from '../../api/client.ts'
import { toHex } from '../../base/bytes.ts'
import { hasCode, WeftError } from '../../base/error.ts'
import { MAX_BLOB_BYTES } from '../../chain/containers.ts'
import { blobIdOf, FLAG_ALIGNED, FLAG_RAW, faultOfBlob } from '../../grid/blob.ts'
import type { Command } from '../context.ts'
import { badInput, EXIT, fail } from '../failure.ts'
import { readBytes } from '../files.ts'
import { parseNamespace } from '../namespace.ts'
import { createProgress } from '../progress.ts'
import type { Terminal } from '../terminal.ts'
import { withClient } from './client-command.ts'

const order = ['accepted', 'included', 'certified'] as const

export const publish: Command<'publish'> = async (values, [file], context) => {
  const { terminal } = context
  const { wait, json, aligned, raw } = values
  if (values.namespace === undefined) {
    throw badInput('expected --namespace: 58 hex digits, or a name of up to 10 bytes such as my-rollup')
  }
  const namespace = parseNamespace(values.namespace)
  const flags = raw ? FLAG_ALIGNED | FLAG_RAW : aligned ? FLAG_ALIGNED : 0
  const data = file === '-' ? await readAll(terminal) : readBytes(file ?? '', 'a file to publish')
  judge(namespace, flags, data, file ?? '')
  const blobId = toHex(blobIdOf({ namespace, flags, data }))
  const startedMs = Date.now()
  const progress = createProgress(terminal, `sending ${data.length} bytes`)
  try {
    const state = await withClient(values, context, async (client, signal) => {
      const ticket = await client.publish({ namespace: toHex(namespace), flags, data }, { signal })
      if (hasCome(ticket, wait)) return ticket
      for await (const now of client.states(blobId, { signal })) {
        if (hasCome(now, wait)) return now
        if (now.state === 'failed') throw fail('refused', `the blob failed: ${now.code ?? 'no reason given'}`)
        progress.say(
          now.state === 'included' ? 'in a block, waiting for its certificate' : 'waiting for a block',
        )
      }
      throw fail('unavailable', 'expected the node to follow the blob to its end')
    })
    progress.stop()
    if (json)
      terminal.out(JSON.stringify({ ok: true, ...state, length: data.length, ms: Date.now() - startedMs }))
    else {
      terminal.out(`blob id ${blobId}`)
      terminal.out(`state   ${state.state}${state.height === undefined ? '' : ` in block ${state.height}`}`)
    }
    return EXIT.ok
  } catch (error) {
    if (hasCode(error, 'unavailable') || hasCode(error, 'interrupted')) {
      const message = `${(error as WeftError).message}; it may still be included: ask with weft status ${blobId}`
      throw new WeftError((error as WeftError).code, message, undefined, { cause: error })
    }
    throw error
  } finally {
    progress.stop()
  }
}

const hasCome = ({ state }: TicketJson, wait: (typeof order)[number]): boolean =>
  order.indexOf(state as (typeof order)[number]) >= order.indexOf(wait)

const judge = (namespace: Uint8Array, flags: number, data: Uint8Array, file: string): void => {
  if (data.length > MAX_BLOB_BYTES)
    throw badInput(`expected at most ${MAX_BLOB_BYTES} bytes, got more from ${file}`)
  switch (faultOfBlob({ namespace, flags, data })) {
    case 'blob-empty':
      throw badInput(`expected at least one byte in ${file}, got none`)
    case 'raw-length':
      throw badInput(`expected whole rows of 131072 bytes for --raw, got ${data.length} bytes in ${file}`)
    case 'raw-not-canonical':
      throw badInput(
        `expected field elements below the order of BLS12-381 for --raw, ${file} has a larger one`,
      )
    default:
      return
  }
}

const readAll = async ({ stdin }: Terminal): Promise<Uint8Array> => {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of stdin as AsyncIterable<Uint8Array>) {
    bytes += part.length
    if (bytes > MAX_BLOB_BYTES)
      throw badInput(`expected at most ${MAX_BLOB_BYTES} bytes on standard input, got more`)
    parts.push(part)
  }
  return new Uint8Array(Buffer.concat(parts))
}
