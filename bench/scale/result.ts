// What a run comes to: percentiles of times, bytes by role and channel, sampling and custody, as one flat record that
// becomes a line of a CSV file.

import type { Role } from './facts.ts'
import { type Channel, channels } from './links.ts'
import type { BlockRecord } from './observer.ts'
import type { Participant, World } from './world.ts'

export interface RunResult {
  /** Blocks with a finalize certificate, and all that were built; heights that were given up. */
  readonly certified: number
  readonly built: number
  readonly nilHeights: number
  readonly simulatedMs: number
  /** From the build order to the header's leaving (the rest of the encoding, for the first block all of it), and from there to the first finalize certificate. */
  readonly publishMs: Percentiles
  readonly certificateMs: Percentiles
  /** Until 95 % of the nodes of a role have it. */
  readonly certificateMsOf: Readonly<Record<Role, number>>
  /** From the header's leaving until custody is on disk: validators (the whole block), full nodes. */
  readonly keptMs: Readonly<Record<'validator' | 'full', Percentiles>>
  /** Share of honest nodes that had their custody by the end. */
  readonly keptShare: Readonly<Record<'validator' | 'full', number>>
  /** Nodes that had to restore columns, and columns. */
  readonly reseeders: number
  readonly sampled: number
  readonly available: number
  /** With those that found it when they sampled once more, because it had become final. */
  readonly availableAtLast: number
  readonly samplingMs: Percentiles
  readonly askedPerTile: number
  readonly failures: Readonly<Record<string, number>>
  readonly streamsAsked: number
  readonly streamsRefused: number
  /** Mean bytes a built block of a node of a role. */
  readonly sentBytes: Readonly<Record<Role, number>>
  readonly receivedBytes: Readonly<Record<Role, number>>
  readonly receivedByChannel: Readonly<Record<Role, Readonly<Record<Channel, number>>>>
  /** Of gossip, first copies alone, without framing: what a node's own metrics count. */
  readonly firstBytes: Readonly<Record<Role, Readonly<Record<string, number>>>>
  /** The most that one node sent. */
  readonly mostSentBytes: number
  /** Gossip copies that came to who had the message, for each first copy. */
  readonly duplicateShare: number
  /** Share of one processor, by role. */
  readonly cpuShare: Readonly<Record<Role, number>>
}

export interface Percentiles {
  readonly p50: number
  readonly p95: number
  readonly max: number
}

export const percentile = (values: readonly number[], share: number): number => {
  if (values.length === 0) return Number.NaN
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!
}

export const percentilesOf = (values: readonly number[]): Percentiles => ({
  p50: percentile(values, 0.5),
  p95: percentile(values, 0.95),
  max: percentile(values, 1),
})

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length

const gossiped = ['header', 'proposal', 'column', 'vote', 'certificate'] as const

export const summarise = (world: World, participants: readonly Participant[], nowMs: number): RunResult => {
  const { observer, topology, links } = world
  const all = [...observer.blocks.values()]
  const published = all.filter(({ publishedAt }) => publishedAt !== undefined)
  const certified = all.filter(({ certifiedAt }) => certifiedAt !== undefined)
  const honest = topology.nodes.filter(({ behaviour }) => behaviour === 'honest')
  const of = (role: Role) => topology.nodes.filter((node) => node.role === role)
  const byRole = <T>(make: (role: Role) => T): Record<Role, T> => ({
    validator: make('validator'),
    full: make('full'),
    light: make('light'),
  })
  // Blocks of leaders that withhold everything that is needed are nobody's to keep.
  const kept = (role: 'validator' | 'full') => {
    const mine = honest.filter((node) => node.role === role)
    const times = certified.flatMap((block) =>
      mine.flatMap(({ index }) => {
        const at = block.keptAt.get(index)
        return at === undefined || index === block.proposer ? [] : [at - startOf(block)]
      }),
    )
    const wanted = certified.reduce(
      (sum, { proposer }) => sum + mine.filter(({ index }) => index !== proposer).length,
      0,
    )
    return { times, share: wanted === 0 ? Number.NaN : times.length / wanted }
  }
  const keptBy = { validator: kept('validator'), full: kept('full') }
  const verdicts = certified.flatMap(({ verdicts }) => [...verdicts.values()])
  const outcomes = verdicts.flatMap((verdict) => verdict.outcomes)
  const failures: Record<string, number> = {}
  for (const { reason } of outcomes) if (reason !== undefined) failures[reason] = (failures[reason] ?? 0) + 1
  const blocks = Math.max(1, published.length)
  const total = (node: number, count: (channel: Channel, node: number) => number) =>
    channels.reduce((sum, channel) => sum + count(channel, node), 0)
  const perBlock = (role: Role, count: (channel: Channel, node: number) => number) =>
    mean(of(role).map(({ index }) => total(index, count))) / blocks
  return {
    certified: certified.length,
    built: all.length,
    nilHeights: observer.nilHeights.size,
    simulatedMs: nowMs,
    publishMs: percentilesOf(published.map(({ publishedAt, buildAt }) => publishedAt! - buildAt)),
    certificateMs: percentilesOf(certified.map((block) => block.certifiedAt! - startOf(block))),
    certificateMsOf: byRole((role) =>
      certificateMsOf(
        certified,
        of(role).map(({ index }) => index),
      ),
    ),
    keptMs: { validator: percentilesOf(keptBy.validator.times), full: percentilesOf(keptBy.full.times) },
    keptShare: { validator: keptBy.validator.share, full: keptBy.full.share },
    reseeders: certified.reduce((sum, block) => sum + block.reseeded.size, 0),
    sampled: verdicts.length,
    available: verdicts.filter(({ verdict }) => verdict === 'available').length,
    availableAtLast: certified
      .flatMap(({ lastVerdicts }) => [...lastVerdicts.values()])
      .filter(({ verdict }) => verdict === 'available').length,
    samplingMs: percentilesOf(verdicts.map(({ ms }) => ms)),
    askedPerTile: mean(outcomes.map(({ peers }) => peers.length)),
    failures,
    streamsAsked: world.streams.asked,
    streamsRefused: world.streams.refused,
    sentBytes: byRole((role) => perBlock(role, links.sent)),
    receivedBytes: byRole((role) => perBlock(role, links.received)),
    receivedByChannel: byRole(
      (role) =>
        Object.fromEntries(
          channels.map((channel) => [
            channel,
            mean(of(role).map(({ index }) => links.received(channel, index))) / blocks,
          ]),
        ) as Record<Channel, number>,
    ),
    firstBytes: byRole((role) =>
      Object.fromEntries(
        gossiped.map((channel) => [
          channel,
          mean(of(role).map(({ index }) => world.gossip.firstBytes(channel, index))) / blocks,
        ]),
      ),
    ),
    mostSentBytes:
      topology.nodes.reduce((most, { index }) => Math.max(most, total(index, links.sent)), 0) / blocks,
    duplicateShare: world.gossip.duplicates / Math.max(1, world.gossip.deliveries),
    cpuShare: byRole(
      (role) => mean(of(role).map(({ index }) => participants[index]!.busyMs())) / Math.max(1, nowMs),
    ),
  }
}

const startOf = ({ publishedAt, buildAt }: BlockRecord): number => publishedAt ?? buildAt

/** The mean over blocks of the time until 95 % of these nodes have the certificate; NaN where they never did. */
const certificateMsOf = (blocks: readonly BlockRecord[], nodes: readonly number[]): number => {
  if (nodes.length === 0) return Number.NaN
  const times = blocks.flatMap((block) => {
    const at = nodes.flatMap((node) => block.certificateAt.get(node) ?? []).sort((a, b) => a - b)
    const needed = Math.ceil(0.95 * nodes.length)
    return at.length < needed ? [] : [at[needed - 1]! - startOf(block)]
  })
  return times.length === 0 ? Number.NaN : mean(times)
}
