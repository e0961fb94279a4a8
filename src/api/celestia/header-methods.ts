// `header.*` of Celestia's node API: our final headers in the form of its extended headers. Names and types are theirs,
// so that their clients can read height and time; what a header of ours does not have (a Tendermint commit, row roots) is
// empty, and nothing verifies as Celestia's.

import { Type } from 'typebox'
import { toHex } from '../../base/bytes.ts'
import { deadline } from '../../base/deadline.ts'
import type { FinalHeader, FullNode } from '../../node/types.ts'
import { createMethod, type Method, param } from '../json-rpc/method.ts'
import { Height, needsSocket } from './blob-methods.ts'
import type { CelestiaBlocks } from './blocks.ts'
import { errorList, failed, texts } from './errors.ts'

export interface HeaderMethodsInit {
  /** 64 hex digits. */
  readonly chainId: string
  /** Of genesis, ms since 1970. */
  readonly genesisMs: number
}

export interface HeaderMethodsComponents {
  readonly node: Pick<FullNode, 'headerAt' | 'newestHeader' | 'subscribe' | 'block' | 'status'>
  readonly blocks: Pick<CelestiaBlocks, 'at'>
}

/** Longest wait for a height. */
const WAIT_MS = 60_000

const text = Type.String()
const HeaderJson = Type.Object({
  header: Type.Object({
    version: Type.Object({ block: text, app: text }),
    chain_id: text,
    height: Type.String({ description: 'a number in decimal' }),
    time: Type.String({ description: 'RFC 3339' }),
    last_block_id: Type.Object({ hash: text, parts: Type.Object({ total: Type.Integer(), hash: text }) }),
    last_commit_hash: text,
    data_hash: Type.String({ description: "the block's dataRoot" }),
    validators_hash: text,
    next_validators_hash: text,
    consensus_hash: text,
    app_hash: text,
    last_results_hash: text,
    evidence_hash: text,
    proposer_address: text,
  }),
  commit: Type.Object({
    height: text,
    round: Type.Integer(),
    block_id: Type.Object({ hash: Type.String({ description: "the block's root" }) }),
    signatures: Type.Array(Type.Unknown()),
  }),
  validator_set: Type.Object({ validators: Type.Array(Type.Unknown()) }),
  dah: Type.Object({ row_roots: Type.Array(text), column_roots: Type.Array(text) }),
})
const SyncStateJson = Type.Object({
  id: Type.Integer(),
  height: Height,
  from_height: Height,
  to_height: Height,
  from_hash: text,
  to_hash: text,
  start: text,
  end: text,
})

export const headerMethods = (
  init: HeaderMethodsInit,
  { node, blocks }: HeaderMethodsComponents,
): readonly Method[] => {
  const newest = async (): Promise<FinalHeader> => {
    const header = await node.newestHeader()
    if (header === undefined) throw failed('header: not found: no block is final yet')
    return header
  }

  /** Of a height at which no block can be final: an empty block with the time of the one before it. */
  const emptyAt = async (height: number) => {
    const answer = await node.block(height)
    if (answer.found || answer.reason !== 'empty')
      throw failed(`header: height ${height} could not be had now`)
    const { parentHeight, parentRoot } = answer.next.header
    const parent = await node.headerAt(parentHeight)
    return headerJson(init, {
      height,
      timestampMs: parent?.header.timestamp ?? init.genesisMs,
      parentRoot,
    })
  }

  const at = async (height: number) => {
    const { block } = await blocks.at(height)
    return block === undefined ? emptyAt(height) : finalJson(init, block)
  }

  const head = (name: string, summary: string) =>
    createMethod({
      name,
      summary,
      right: 'read',
      params: [],
      result: { name: 'header', schema: HeaderJson },
      run: async () => finalJson(init, await newest()),
    })

  const height = param('height', Height, 'of the block')
  return [
    head('header.LocalHead', 'The newest final header that this node has.'),
    head('header.NetworkHead', 'The newest final header that this node knows of: the same.'),
    createMethod({
      name: 'header.GetByHeight',
      summary:
        'The final header at a height. Where no block can be final at it, an empty one with the time of the block before it.',
      right: 'read',
      params: [height],
      result: { name: 'header', schema: HeaderJson },
      errors: errorList(texts.future),
      run: ([wanted]) => at(wanted),
    }),
    createMethod({
      name: 'header.WaitForHeight',
      summary: `The final header at a height, as soon as there is one, within ${WAIT_MS / 1000} s.`,
      right: 'read',
      params: [height],
      result: { name: 'header', schema: HeaderJson },
      errors: errorList(texts.deadline),
      run: async ([wanted], { signal: outer }) => {
        const tip = (await node.newestHeader())?.height ?? 0
        const signal = deadline(WAIT_MS, outer)
        if (wanted > tip) await reach(node, tip + 1, wanted, signal)
        return at(wanted)
      },
    }),
    createMethod({
      name: 'header.SyncState',
      summary: 'How far this node has come: it is synced when height and to_height are the same.',
      right: 'read',
      params: [],
      result: { name: 'state', schema: SyncStateJson },
      run: async () => {
        const { height: final, root } = await newest()
        const { stale, headHeight } = await node.status()
        const time = rfc3339(init.genesisMs)
        return {
          id: 1,
          height: final,
          from_height: 1,
          to_height: stale ? Math.max(final, headHeight) : final,
          from_hash: '',
          to_hash: toHex(root).toUpperCase(),
          start: time,
          end: stale ? rfc3339(0) : rfc3339(Date.now()),
        }
      },
    }),
    createMethod({
      name: 'header.Subscribe',
      summary: 'Headers as they become final. By WebSocket only: the result is the number of a channel.',
      right: 'read',
      params: [],
      result: { name: 'channel', schema: Type.Integer() },
      run: async (_values, { openChannel }) => {
        if (openChannel === undefined) throw needsSocket('header.Subscribe')
        const from = ((await node.newestHeader())?.height ?? 0) + 1
        return openChannel(async (push, signal) => {
          for await (const block of node.subscribe({ height: from }, { signal })) {
            await push(finalJson(init, block))
          }
        })
      },
    }),
  ]
}

/** Resolves when a block at or above the height is final. */
const reach = async (
  node: HeaderMethodsComponents['node'],
  from: number,
  height: number,
  signal: AbortSignal,
): Promise<void> => {
  try {
    for await (const block of node.subscribe({ height: from }, { signal })) {
      if (block.height >= height) return
    }
  } catch (error) {
    if (signal.aborted) throw failed(`${texts.deadline}: no block at height ${height} is final yet`, error)
    throw error
  }
}

const finalJson = (init: HeaderMethodsInit, { height, root, header }: FinalHeader) =>
  headerJson(init, {
    height,
    timestampMs: header.timestamp,
    parentRoot: header.parentRoot,
    root,
    dataRoot: header.dataRoot,
    validatorsRoot: header.validatorsRoot,
    version: header.version,
  })

interface HeaderFields {
  readonly height: number
  readonly timestampMs: number
  readonly parentRoot: Uint8Array
  readonly root?: Uint8Array
  readonly dataRoot?: Uint8Array
  readonly validatorsRoot?: Uint8Array
  readonly version?: number
}

const headerJson = ({ chainId }: HeaderMethodsInit, fields: HeaderFields) => {
  const height = String(fields.height)
  const validators = hashText(fields.validatorsRoot)
  return {
    header: {
      version: { block: String(fields.version ?? 1), app: '0' },
      chain_id: chainId,
      height,
      time: rfc3339(fields.timestampMs),
      last_block_id: { hash: hashText(fields.parentRoot), parts: { total: 0, hash: '' } },
      last_commit_hash: '',
      data_hash: hashText(fields.dataRoot),
      validators_hash: validators,
      next_validators_hash: validators,
      consensus_hash: '',
      app_hash: '',
      last_results_hash: '',
      evidence_hash: '',
      proposer_address: '',
    },
    commit: { height, round: 0, block_id: { hash: hashText(fields.root) }, signatures: [] },
    validator_set: { validators: [] },
    dah: { row_roots: [], column_roots: [] },
  }
}

const hashText = (bytes: Uint8Array | undefined): string =>
  bytes === undefined ? '' : toHex(bytes).toUpperCase()

const rfc3339 = (ms: number): string => new Date(ms).toISOString()
