// Which final blob has which keccak hash, for one namespace. Ethereum's hash is not our blobId, and a commitment made of
// it says nothing else: so every node with the switch on reads the namespace's final blobs, block after block, and
// writes their hashes down. What was put here is written before it is published, so that it is found at once and after
// a restart; what others put is found when the index has come to its block. Only an index that knows every block of
// the chain can say that a hash is surely not there.

import { ClassicLevel } from 'classic-level'
import { concat, u64be, utf8 } from '../../base/bytes.ts'
import { sleep } from '../../base/deadline.ts'
import { hasCode, messageOf } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import type { FullNode } from '../../node/types.ts'
import { keccak256 } from '../../rollups/keccak.ts'
import type { Mapping } from '../stacks/mapping.ts'

export interface KeccakIndexInit {
  /** Folder of the index's own database. */
  readonly location: string
  /** 29 bytes: whose blobs are indexed. */
  readonly namespace: Uint8Array
}

export interface KeccakIndexComponents {
  readonly node: Pick<FullNode, 'subscribe'>
  readonly mapping: Pick<Mapping, 'read'>
  readonly log: Logger
}

export interface KeccakIndex {
  start(): Promise<void>
  stop(): Promise<void>
  /** Synced to disk before it resolves. */
  put(hash: Uint8Array, blobId: Uint8Array): Promise<void>
  blobIdOf(hash: Uint8Array): Promise<Uint8Array | undefined>
  /** What it knows of the blocks up to this height, as soon as that is more than `behind`, or when the time is over. */
  waitFor(height: number, ms: number, signal: AbortSignal): Promise<Knowledge>
}

/** Every block from the first of the chain on; those that were kept when it came to them; or not even those yet. */
export type Knowledge = 'all' | 'kept' | 'behind'

/** The first block of every chain. */
const FIRST_HEIGHT = 1
const RETRY_MS = 1_000
/** Blocks without a blob of the namespace between two writes of how far the index has come. */
const BLOCKS_PER_MARK = 256
const POLL_MS = 50

const hashKey = (hash: Uint8Array) => concat(utf8('k'), hash)
const blobKey = (blobId: Uint8Array) => concat(utf8('b'), blobId)
/** Next height to be read. */
const CURSOR = utf8('cursor')
/** Height from which on every block was read. */
const BASE = utf8('base')

export const createKeccakIndex = (
  { location, namespace }: KeccakIndexInit,
  { node, mapping, log }: KeccakIndexComponents,
): KeccakIndex => {
  const db = new ClassicLevel<Uint8Array, Uint8Array>(location, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  })
  const life = new AbortController()
  let cursor = FIRST_HEIGHT
  let base = FIRST_HEIGHT
  let following: Promise<void> = Promise.resolve()
  let opened: Promise<void> | undefined
  let stopped: Promise<void> | undefined

  const pairOf = (hash: Uint8Array, blobId: Uint8Array) =>
    [
      { type: 'put', key: hashKey(hash), value: blobId },
      { type: 'put', key: blobKey(blobId), value: hash },
    ] as const

  const mark = () =>
    [
      { type: 'put', key: CURSOR, value: u64be(cursor) },
      { type: 'put', key: BASE, value: u64be(base) },
    ] as const

  /** The hash of a final blob, however long reading it takes; undefined where it was pruned everywhere. */
  const hashOf = async (blobId: Uint8Array): Promise<Uint8Array | undefined> => {
    for (;;) {
      const known = await db.get(blobKey(blobId))
      if (known !== undefined) return known
      const answer = await mapping.read(blobId, life.signal)
      if (answer.found) return keccak256(answer.data)
      if (answer.reason === 'pruned') return undefined
      await sleep(RETRY_MS, life.signal)
    }
  }

  const followOnce = async (): Promise<void> => {
    let unmarked = 0
    for await (const block of node.subscribe({ height: cursor, namespace }, { signal: life.signal })) {
      const found: ReturnType<typeof pairOf>[number][] = []
      for (const { blobId } of block.own) {
        const hash = await hashOf(blobId)
        if (hash === undefined) base = block.height + 1
        else found.push(...pairOf(hash, blobId))
      }
      cursor = block.height + 1
      if (found.length === 0 && ++unmarked < BLOCKS_PER_MARK) continue
      await db.batch([...found, ...mark()], { sync: true })
      unmarked = 0
    }
  }

  const follow = async (): Promise<void> => {
    while (!life.signal.aborted) {
      try {
        await followOnce()
      } catch (error) {
        if (life.signal.aborted) return
        if (hasCode(error, 'pruned')) {
          // What the blocks between held cannot be known any more.
          cursor = Math.max((error.data as { earliest: number }).earliest, cursor + 1)
          base = cursor
          log.warn({ height: cursor }, 'the index of keccak hashes begins anew: older blocks are pruned')
          // At once: a second later the oldest block that is kept may be another one, for ever.
          continue
        }
        log.warn({ error: messageOf(error) }, 'the index of keccak hashes stands still')
      }
      await sleep(RETRY_MS, life.signal).catch(() => {})
    }
  }

  const knowledgeTo = (height: number): Knowledge => {
    if (cursor <= height) return 'behind'
    return base === FIRST_HEIGHT ? 'all' : 'kept'
  }

  return {
    start() {
      opened ??= (async () => {
        await db.open()
        cursor = heightOf(await db.get(CURSOR)) ?? FIRST_HEIGHT
        base = heightOf(await db.get(BASE)) ?? FIRST_HEIGHT
        following = follow()
      })()
      return opened
    },
    stop() {
      stopped ??= (async () => {
        life.abort(new Error('the index is stopping'))
        await following
        if (db.status === 'open') await db.batch([...mark()], { sync: true })
        await db.close()
      })()
      return stopped
    },
    async put(hash, blobId) {
      await db.batch([...pairOf(hash, blobId)], { sync: true })
    },
    blobIdOf: (hash) => db.get(hashKey(hash)),
    async waitFor(height, ms, signal) {
      const end = Date.now() + ms
      while (knowledgeTo(height) === 'behind' && Date.now() < end) await sleep(POLL_MS, signal)
      return knowledgeTo(height)
    },
  }
}

const heightOf = (value: Uint8Array | undefined): number | undefined =>
  value?.reduce((sum, byte) => sum * 256 + byte, 0)
