// Ethereum's beacon endpoints as readers of blobs use them (beacon-APIs; op-node, Nitro): rows by versioned hash, and
// what clients ask for first. Rows keep their own packing. Where hashes are given they are looked up in the whole chain
// and answered in the order of the request, which Nitro relies on and op-node does not mind; without them a block's rows
// come in the block's order.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { fromHex } from '../../base/bytes.ts'
import { deadline } from '../../base/deadline.ts'
import { WeftError } from '../../base/error.ts'
import { isAligned } from '../../grid/blob.ts'
import { cellCount } from '../../grid/cells.ts'
import { DATA_COLUMNS } from '../../grid/shape.ts'
import type { FinalBlock, FullNode, LocateAnswer } from '../../node/types.ts'
import { failureOf } from '../errors.ts'
import { createRoom } from '../room.ts'
import { whileWaitedFor } from '../stacks/gone.ts'
import { prefersOctets } from './accept.ts'

export interface BeaconInit {
  /** Of genesis, ms since 1970. */
  readonly genesisMs: number
  readonly blockIntervalMs: number
  /** 64 hex digits. */
  readonly chainId: string
  /** Of this program. */
  readonly version: string
}

export interface BeaconComponents {
  readonly node: Pick<
    FullNode,
    'block' | 'heightOf' | 'newestHeader' | 'locate' | 'rowsAt' | 'status' | 'isCurrent'
  >
}

/** Each answer is up to a block's rows in hex. */
const MAX_READS = 4
const READ_MS = 30_000
/** beacon-APIs give no bound; a block of ours has at most 256 rows. */
const MAX_HASHES = 256
const CONSENSUS_VERSION = 'fulu'

export const beaconRoutes =
  (init: BeaconInit, { node }: BeaconComponents) =>
  (root: FastifyInstance, stopping: AbortSignal): void => {
    root.register(async (app) => {
      app.setErrorHandler((error, _request, reply) => {
        const { status, body } =
          error instanceof WeftError && error.code === 'beacon'
            ? { status: (error.data as { status: number }).status, body: error }
            : failureOf(error)
        if (status === 503) reply.header('retry-after', '2')
        return reply.code(status).send({ code: status, message: body.message })
      })
      const reading = createRoom(MAX_READS, 'reads')

      app.get<{ Params: { id: string } }>(
        '/eth/v1/beacon/blobs/:id',
        { onRequest: reading },
        async (request, reply) => {
          const signal = deadline(READ_MS, whileWaitedFor(reply, stopping))
          const { id } = request.params
          const hashes = hashesOf(request)
          expectId(id)
          // Clients compute slots from another chain's time: a hash says better what they want.
          const rows =
            hashes === undefined
              ? await rowsOf(await blockOf(id, node), node, signal)
              : await rowsByHash(hashes, node, signal)
          return send(rows, request, reply)
        },
      )
      app.get('/eth/v1/beacon/blob_sidecars/:id', async () => {
        throw beaconError(410, 'blob_sidecars is gone; use /eth/v1/beacon/blobs/{block_id}')
      })
      app.get('/eth/v1/beacon/genesis', () => ({
        data: {
          genesis_time: String(Math.floor(init.genesisMs / 1000)),
          genesis_validators_root: `0x${init.chainId}`,
          genesis_fork_version: '0x00000000',
        },
      }))
      app.get('/eth/v1/config/spec', () => ({
        data: {
          SECONDS_PER_SLOT: String(Math.max(1, Math.round(init.blockIntervalMs / 1000))),
          FIELD_ELEMENTS_PER_BLOB: '4096',
        },
      }))
      app.get('/eth/v1/node/version', () => ({
        data: { version: `Weft/v${init.version}` },
      }))
      app.all('/*', async (request) => {
        throw beaconError(404, `there is no ${request.method} ${request.url.split('?')[0]}`)
      })
    })
  }

type Node = BeaconComponents['node']

const beaconError = (status: number, message: string) => new WeftError('beacon', message, { status })
const later = () => beaconError(503, 'it could not be had now; ask again')

const expectId = (id: string): void => {
  if (!/^(head|finalized|genesis|\d{1,15}|0x[0-9a-fA-F]{64})$/.test(id)) {
    throw beaconError(400, 'expected head, finalized, genesis, a slot or a root of 32 bytes as block id')
  }
}

/** The block of an id that `expectId` let pass. Undefined: a height that has no block. */
const blockOf = async (id: string, node: Node): Promise<FinalBlock | undefined> => {
  if (id === 'genesis' || id === '0') return undefined
  if (id === 'head' || id === 'finalized') {
    const newest = await node.newestHeader()
    if (newest === undefined) throw beaconError(503, 'no block is final yet; ask again')
    return blockAt(newest.height, node)
  }
  return id.startsWith('0x')
    ? blockByRoot(fromHex(id.slice(2)) as Uint8Array, node)
    : blockAt(Number(id), node)
}

/** A slot is a height here. */
const blockAt = async (height: number, node: Node): Promise<FinalBlock | undefined> => {
  const answer = await node.block(height)
  if (answer.found) return answer
  switch (answer.reason) {
    case 'empty':
      return undefined
    case 'future':
      // As beacon nodes say it of slots ahead; who is behind does not know which are.
      if (!(await node.isCurrent())) throw later()
      throw beaconError(404, `no block at slot ${height} is final yet`)
    case 'pruned':
      throw beaconError(410, `slot ${height} is older than this node keeps`)
    case 'unreachable':
      throw later()
  }
}

const blockByRoot = async (root: Uint8Array, node: Node): Promise<FinalBlock | undefined> => {
  // Before the look: what is final by now is then among what is looked at.
  const isCurrent = await node.isCurrent()
  const height = await node.heightOf(root)
  if (height !== undefined) return blockAt(height, node)
  if (!isCurrent) throw later()
  const { earliestHeight } = await node.status()
  // Of what was deleted nobody can say which roots it had.
  if (earliestHeight > 0)
    throw beaconError(410, 'no block that is kept has this root; older ones were deleted')
  throw beaconError(404, 'no final block has this root')
}

/** `versioned_hashes`, repeated or with commas, or both. Undefined: none were given. */
const hashesOf = ({ url }: FastifyRequest): readonly Uint8Array[] | undefined => {
  const given = new URL(url, 'http://host').searchParams.getAll('versioned_hashes')
  if (given.length === 0) return undefined
  const texts = given.flatMap((text) => text.split(','))
  if (texts.length > MAX_HASHES) {
    throw beaconError(400, `expected at most ${MAX_HASHES} versioned hashes, got ${texts.length}`)
  }
  return texts.map((text) => {
    const bytes = /^0x01[0-9a-fA-F]{62}$/.test(text) ? fromHex(text) : undefined
    if (bytes === undefined) {
      throw beaconError(400, 'expected versioned hashes of 32 bytes with 0x, the first byte 01')
    }
    return bytes
  })
}

/** Every row that belongs to one blob alone, in the block's order. */
const rowsOf = async (
  block: FinalBlock | undefined,
  node: Node,
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> => {
  if (block === undefined) return []
  const ends = block.entries.filter(({ flags }) => isAligned(flags))
  const rows = Array.from({ length: block.header.rowCount }, (_, row) => row).filter((row) =>
    ends.some(({ startCell, length, flags }) => {
      const first = startCell / DATA_COLUMNS
      return row >= first && row < first + Math.ceil(cellCount(length, flags) / DATA_COLUMNS)
    }),
  )
  return readRows(block.height, rows, node, signal)
}

/** Rows in the order of the hashes. What surely is nowhere is left out, as beacon nodes do; nothing at all is 404. */
const rowsByHash = async (
  hashes: readonly Uint8Array[],
  node: Node,
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> => {
  const places: Extract<LocateAnswer, { found: true }>[] = []
  for (const versionedHash of hashes) {
    const answer = await node.locate({ versionedHash })
    if (answer.found) places.push(answer)
    else if (answer.reason === 'unreachable') throw later()
    else if (answer.reason === 'pruned') {
      throw beaconError(410, 'a row of this hash is in no block that is kept; older ones were deleted')
    }
  }
  if (places.length === 0) throw beaconError(404, 'no final block has rows of these versioned hashes')
  const byHeight = Map.groupBy(places, ({ height }) => height)
  const rows = new Map<string, Uint8Array>()
  for (const [height, here] of byHeight) {
    const wanted = [...new Set(here.map(({ row }) => row))]
    const read = await readRows(height, wanted, node, signal)
    wanted.forEach((row, i) => void rows.set(`${height} ${row}`, read[i]!))
  }
  return places.map(({ height, row }) => rows.get(`${height} ${row}`)!)
}

const readRows = async (
  height: number,
  rows: readonly number[],
  node: Node,
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> => {
  if (rows.length === 0) return []
  const answer = await node.rowsAt(height, rows, { signal }).catch((error) => {
    if (signal.aborted) throw later()
    throw error
  })
  if (answer.found) return answer.rows
  if (answer.reason === 'pruned') throw beaconError(410, `slot ${height} is older than this node keeps`)
  throw later()
}

const send = (rows: readonly Uint8Array[], request: FastifyRequest, reply: FastifyReply) => {
  reply.header('eth-consensus-version', CONSENSUS_VERSION)
  // SSZ of a list of blobs, which are of one size: one after the other.
  if (prefersOctets(request.headers.accept)) {
    return reply.type('application/octet-stream').send(Buffer.concat(rows))
  }
  return reply.send({
    execution_optimistic: false,
    finalized: true,
    data: rows.map((row) => `0x${Buffer.from(row.buffer, row.byteOffset, row.byteLength).toString('hex')}`),
  })
}
