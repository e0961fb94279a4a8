// weft status: how a node is, or where a publication stands.

import type { NodeStatus } from '../../node/types.ts'
import type { Command } from '../context.ts'
import { EXIT } from '../failure.ts'
import { readBlobId, withClient } from './client-command.ts'

export const status: Command<'status'> = async (values, [given], context) => {
  const { terminal } = context
  if (given !== undefined) {
    const blobId = readBlobId(given)
    const state = await withClient(values, context, (client, signal) => client.blobState(blobId, { signal }))
    if (values.json) terminal.out(JSON.stringify({ ok: true, ...state }))
    else terminal.out(`${state.state}${state.height === undefined ? '' : ` in block ${state.height}`}`)
    return EXIT.ok
  }
  const answer = await withClient(values, context, (client, signal) => client.status({ signal }))
  if (values.json) terminal.out(JSON.stringify({ ok: true, ...answer }))
  else for (const line of statusLines(answer, Date.now())) terminal.out(line)
  return EXIT.ok
}

/** A node's status for a person. */
export const statusLines = (status: NodeStatus, nowMs: number): readonly string[] => {
  const { final, custody, sampled } = status
  const role = status.validatorIndex === undefined ? status.role : `${status.role} ${status.validatorIndex}`
  const lines: [string, string][] = [
    ['role', role],
    ['chain', status.chainId],
    ['peer id', status.peerId],
    ['addresses', status.addresses.join('\n')],
    ['peers', String(status.peers)],
    ['head', `block ${status.headHeight}`],
    [
      'final',
      final === undefined
        ? 'none yet'
        : `block ${final.height}, ${ago(nowMs - final.timestampMs)} (${final.root})`,
    ],
    [
      'state',
      status.stale ? 'stale: the newest final block is older than the pace of the chain' : 'following',
    ],
  ]
  if (sampled === undefined) {
    lines.push(['custody', custody.length === 0 ? 'none' : `${custody.length} columns: ${ranges(custody)}`])
    lines.push(['waiting', `${status.pendingBlobs} blobs, ${status.pendingBytes} bytes`])
    lines.push(['keeps from', `block ${status.earliestHeight}`])
  } else {
    const { available, unavailable, pending } = sampled
    lines.push(['sampled', `${available} available, ${unavailable} unavailable, ${pending} under way`])
  }
  return lines.map(([name, value]) => `${name.padEnd(10)} ${value.replaceAll('\n', `\n${' '.repeat(11)}`)}`)
}

/** `0-63, 100`: ascending column indices in short. */
export const ranges = (indices: readonly number[]): string => {
  const parts: string[] = []
  for (let i = 0; i < indices.length; ) {
    let last = i
    while (indices[last + 1] === indices[last]! + 1) last++
    parts.push(last === i ? `${indices[i]}` : `${indices[i]}-${indices[last]}`)
    i = last + 1
  }
  return parts.join(', ')
}

const ago = (ms: number): string => (ms < 0 ? 'just now' : `${Math.round(ms / 1000)} s ago`)
