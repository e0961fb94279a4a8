// Many light nodes over one block: each with a sampler of its own, the real one with its defaults, a secret of its own
// and the same peers, over virtual time. Only the wire is missing: a request takes as long as is told and is answered
// by an adversary's peers as it decides, by honest peers with what is public.

import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { accept, reject } from '../../src/base/verdict.ts'
import type { Tile } from '../../src/chain/containers.ts'
import { validatorCustody } from '../../src/chain/custody.ts'
import type { Peer } from '../../src/chain/ports.ts'
import { createSampler } from '../../src/sampling/sampler.ts'
import type { SamplingResult } from '../../src/sampling/types.ts'
import type { Adversary } from './adversary.ts'
import { createClock } from './clock.ts'
import { announcementOf, seeded, tileOf } from './helpers.ts'

export interface PopulationInit {
  readonly nodes: number
  readonly rows: number
  readonly maxBands: number
  readonly failureProbability: number
  /** Validators that every node is connected to. Default 8. */
  readonly peers?: number
  /** Of them, how many collude. Default all. */
  readonly colluding?: number
  readonly seed: number
  readonly deadlineMs?: number
}

export interface Asked {
  readonly node: number
  readonly peer: number
  readonly band: number
  readonly column: number
}

export interface PopulationResult {
  readonly results: readonly SamplingResult[]
  readonly fooled: number
  readonly asked: readonly Asked[]
  readonly tookMs: number
}

const LATENCIES_MS = [20, 40, 80, 160]

/** Lets every node sample the block once. */
export const samplePopulation = async (
  init: PopulationInit,
  adversary: Adversary,
): Promise<PopulationResult> => {
  const { nodes, rows, maxBands, seed } = init
  const count = init.peers ?? 8
  const colluding = init.colluding ?? count
  const clock = createClock()
  const peers: Peer[] = Array.from({ length: count }, (_, i) => ({
    id: `${i}`,
    custody: new Set(validatorCustody(i, count)),
    isValidator: true,
  }))
  const announcement = announcementOf(rows)
  const root = new Uint8Array(new Uint32Array([seed, 1, 2, 3, 4, 5, 6, 7]).buffer)
  const random = seeded(seed)
  const asked: Asked[] = []
  // All honest peers have it as soon as it follows from what is public.
  const isPublic = (band: number, column: number) => adversary.released.has(band, column)

  const answer = (node: number, peer: number, band: number, column: number): readonly Tile[] => {
    asked.push({ node, peer, band, column })
    const has = peer < colluding ? adversary.answers(node, band, column) : isPublic(band, column)
    return has ? [tileOf(rows, maxBands, band, column)] : []
  }

  const sampleAs = (node: number): Promise<SamplingResult> => {
    const secret = new Uint8Array(Uint32Array.from({ length: 8 }, random).buffer)
    const own = seeded(random())
    const sampler = createSampler(
      {
        maxBands,
        deadlineMs: init.deadlineMs ?? 2_000,
        failureProbability: init.failureProbability,
        drawSecret: secret,
      },
      {
        peers: () => peers,
        request: {
          async tiles(peer, { tiles }, { signal }) {
            await clock.sleep(LATENCIES_MS[own() % LATENCIES_MS.length]!, signal)
            return tiles.flatMap(({ band, column }) => answer(node, Number(peer), band, column))
          },
        },
        penalize: () => {},
        engine: {
          checkTiles: async (batches) =>
            batches.map(({ tiles }) => tiles.map(({ cells }) => (cells[0] === 1 ? accept : reject('proof')))),
        },
        store: { putSamples: async () => {}, getTile: async () => undefined },
        log: silent,
        metrics: noMetrics,
        random: own,
        timers: clock,
      },
    )
    return sampler.sample(root, announcement, { signal: new AbortController().signal })
  }

  const began = clock.now()
  const results = await clock.until(Promise.all(Array.from({ length: nodes }, (_, node) => sampleAs(node))))
  const fooled = results.filter(({ verdict }) => verdict === 'available').length
  return { results, fooled, asked, tookMs: clock.now() - began }
}
