// Partitions of validators: halves, a minority cut off, one-way silence, and links that are missing between two nodes
// that both see a third. Whoever lacks a quorum certifies nothing; after healing there is one chain again within 60 s.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sleep } from '../../src/base/deadline.ts'
import type { Scenario, ScenarioOptions, ScenarioResult } from './scenario.ts'
import { type Links, partition } from './support/links.ts'
import { startLoad } from './support/load.ts'
import { createNamespaceLinks, namespacesMissing } from './support/namespace-links.ts'
import { createProcessNet, type ProcessNet } from './support/processes.ts'
import { createProxyLinks } from './support/proxy-links.ts'
import { createRandom } from './support/random.ts'
import { neverBegan, unhurried } from './support/session.ts'
import { msUntil } from './support/until.ts'
import { createWatch, type Watch } from './support/watch.ts'

/** What was on its way when the links were held may still be counted. */
const SETTLE_MS = 3_000
const HEAL_MS = 60_000
const GO_ON_MS = 30_000
const START_MS = 120_000

interface Round {
  readonly name: string
  readonly apply: (links: Links) => Promise<void>
  /** Nodes that have no quorum among themselves, each group for itself. */
  readonly minorities: readonly (readonly string[])[]
  /** Whether somebody has a quorum, so that the chain must go on. */
  readonly goesOn: boolean
}

export const scenario: Scenario = {
  name: 'partition',
  fault: 'Partitions: halves, a minority, one-way silence, missing links',
  injected:
    'links between real processes are held without closing them: network namespaces, else TCP proxies',
  longMinutes: 5,
  async run(options) {
    const folder = mkdtempSync(join(tmpdir(), 'weft-partition-'))
    const count = options.long ? 5 : 4
    const nodes = Array.from({ length: count }, (_, i) => ({ name: `v${i + 1}`, role: 'validator' as const }))
    const net = await createProcessNet({ folder, nodes, genesis: unhurried })
    const missing = options.long ? await namespacesMissing() : 'the quick form'
    const links = missing === undefined ? await createNamespaceLinks(net) : await createProxyLinks(net)
    const watch = createWatch()
    try {
      await Promise.all(
        nodes.map(async ({ name }) => watch.follow(await net.start(name, links.optionsOf(name)))),
      )
      options.say(`${count} validators, ${links.kind}`)
      return await judge(net, links, watch, options)
    } finally {
      watch.stop()
      await net.close()
      await links.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

const judge = async (
  net: ProcessNet,
  links: Links,
  watch: Watch,
  { long, seed, signal, say }: ScenarioOptions,
): Promise<ScenarioResult> => {
  const random = createRandom(seed)
  const names = net.plans.map(({ name }) => name)
  const broken: string[] = []
  const healMs: number[] = []
  let quietSeconds = 0
  const finals = () => names.map((name) => watch.finalHeight(name))
  const load = startLoad(
    { intervalMs: 2_000, minBytes: 1_000, maxBytes: 60_000, maxWaiting: 4 },
    () => net.running(),
    random,
    signal,
  )
  if ((await msUntil(START_MS, () => Math.min(...finals()) >= 2, signal)) === undefined) return neverBegan

  for (const round of long ? longRounds(names, random.shuffle) : quickRounds(names, random.shuffle)) {
    await round.apply(links)
    await sleep(SETTLE_MS, signal)
    const knownTo = (group: readonly string[]) =>
      Math.max(...group.map((name) => watch.certifiedHeight(name)))
    const before = round.minorities.map(knownTo)
    const finalBefore = Math.max(...finals())
    const heldMs = long ? 25_000 : 9_000
    await sleep(heldMs, signal)
    for (const [i, group] of round.minorities.entries()) {
      if (knownTo(group) > before[i]!)
        broken.push(`${round.name}: ${group.join(' and ')} got to height ${knownTo(group)} from ${before[i]}`)
    }
    if (round.minorities.length > 0) quietSeconds += heldMs / 1000
    // Who is cut off may lead the next height, which is given up first.
    const isOn = () => Math.max(...finals()) > finalBefore
    if (round.goesOn && (await msUntil(GO_ON_MS, isOn, signal)) === undefined)
      broken.push(`${round.name}: the majority stood still at height ${finalBefore}`)
    const goal = Math.max(...finals(), ...names.map((name) => watch.certifiedHeight(name))) + 1
    await links.heal()
    const ms = await msUntil(HEAL_MS, () => Math.min(...finals()) >= goal, signal)
    if (ms === undefined) {
      broken.push(
        `${round.name}: after ${HEAL_MS / 1000} s final heights were ${finals().join(', ')}, not ${goal}`,
      )
      await msUntil(HEAL_MS, () => Math.min(...finals()) >= goal, signal)
    } else healMs.push(ms)
    say(`${round.name}: one chain after ${ms === undefined ? 'more than 60' : (ms / 1000).toFixed(1)} s`)
  }
  await load.finish(AbortSignal.any([signal, AbortSignal.timeout(60_000)]))
  const uncertified = load.published.length - load.certified().length
  if (uncertified > 0)
    broken.push(`${uncertified} of ${load.published.length} accepted blobs were not certified`)
  broken.push(...watch.contradictions())
  return {
    held: broken.length === 0,
    broken,
    figures: {
      links: links.kind,
      validators: names.length,
      partitions: healMs.length,
      minoritySecondsWithoutCertificate: quietSeconds,
      oneChainAfterMaxS: (Math.max(0, ...healMs) / 1000).toFixed(1),
      blobsCertified: load.certified().length,
      contradictions: watch.contradictions().length,
    },
  }
}

type Shuffle = (names: readonly string[]) => readonly string[]

const halves = (names: readonly string[]): Round => {
  const middle = names.length >> 1
  const groups = [names.slice(0, middle), names.slice(middle)]
  return {
    name: `halves ${groups.map((group) => group.join('+')).join(' | ')}`,
    apply: (links) => partition(links, groups),
    minorities: groups,
    goesOn: false,
  }
}

/** One node without the others; they have a quorum still. */
const oneOut = (names: readonly string[]): Round => {
  const [out = '', ...rest] = names
  return {
    name: `${out} alone`,
    apply: (links) => partition(links, [[out], rest]),
    minorities: [[out]],
    goesOn: true,
  }
}

/** One node hears nothing, and is heard. */
const deaf = (names: readonly string[]): Round => {
  const [out = '', ...rest] = names
  return {
    name: `${out} is heard and hears nothing`,
    apply: async (links) => {
      for (const name of rest) await links.hold(name, out)
    },
    minorities: [],
    goesOn: true,
  }
}

/** Two nodes that do not see each other, while everybody sees the others. */
const missingLink = (names: readonly string[]): Round => {
  const [first = '', second = ''] = names
  return {
    name: `no link between ${first} and ${second}`,
    apply: (links) => partition(links, [[first], [second]]),
    minorities: [],
    goesOn: true,
  }
}

const quickRounds = (names: readonly string[], shuffle: Shuffle): readonly Round[] => [
  halves(shuffle(names)),
  oneOut(shuffle(names)),
]

const longRounds = (names: readonly string[], shuffle: Shuffle): readonly Round[] => [
  halves(shuffle(names)),
  oneOut(shuffle(names)),
  deaf(shuffle(names)),
  missingLink(shuffle(names)),
  halves(shuffle(names)),
]
