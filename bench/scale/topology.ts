// Who is there and who is connected to whom: roles, regions, custody (by the real code), and connections as the dialer
// makes them: validators to validators, everybody to validators as long as those have room, and to others up to
// `targetPeers`. Connections stay as they are for a run.

import { fullNodeCustody, validatorCustody } from '../../src/chain/custody.ts'
import { COLUMNS } from '../../src/chain/limits.ts'
import type { Peer } from '../../src/chain/ports.ts'
import type { Random } from '../../src/sampling/random.ts'
import { type Role, regions } from './facts.ts'
import { shuffled, weighted } from './random.ts'
import type { Behaviour, Scenario } from './scenario.ts'

export interface SimNode {
  readonly index: number
  readonly id: string
  readonly peerIdBytes: Uint8Array
  readonly role: Role
  /** Index into facts.regions. */
  readonly region: number
  readonly custody: readonly number[]
  readonly behaviour: Behaviour
  /** As others see it. */
  readonly peer: Peer
}

export interface Topology {
  readonly nodes: readonly SimNode[]
  /** Connected nodes, ascending. */
  readonly neighbours: readonly (readonly number[])[]
}

export const createTopology = (scenario: Scenario, random: Random): Topology => {
  const { validators, fullNodes } = scenario
  const chosen = regions.filter(
    ({ name }) => scenario.regions.length === 0 || scenario.regions.includes(name),
  )
  const places = chosen.map((region) => regions.indexOf(region))
  const nodes = Array.from({ length: scenario.nodes }, (_, index): SimNode => {
    const role = index < validators ? 'validator' : index < validators + fullNodes ? 'full' : 'light'
    const id = `n${index}`
    const peerIdBytes = Uint8Array.from({ length: 38 }, () => random() & 0xff)
    const custody =
      role === 'validator'
        ? validatorCustody(index, validators)
        : role === 'full'
          ? fullNodeCustody(peerIdBytes, scenario.custodyFull)
          : []
    return {
      index,
      id,
      peerIdBytes,
      role,
      region:
        places[
          weighted(
            random,
            chosen.map((region) => region.nodes),
          )
        ]!,
      custody,
      behaviour: behaviourOf(scenario, role, index),
      peer: { id, custody: new Set(custody), isValidator: role === 'validator' },
    }
  })
  return { nodes, neighbours: connect(scenario, nodes, random) }
}

/** Hostile validators and full nodes are the last of their kind; light nodes are honest. */
const behaviourOf = (
  { hostile, behaviours, validators, fullNodes }: Scenario,
  role: Role,
  index: number,
): Behaviour => {
  if (role === 'light' || hostile === 0) return 'honest'
  const [first, count] = role === 'validator' ? [0, validators] : [validators, fullNodes]
  // Strictly less than a third of the validators, whatever the rounding.
  const bad = Math.min(Math.floor(hostile * count), Math.ceil(count / 3) - 1)
  const place = index - first - (count - bad)
  return place < 0 ? 'honest' : behaviours[place % behaviours.length]!
}

const connect = (
  scenario: Scenario,
  nodes: readonly SimNode[],
  random: Random,
): readonly (readonly number[])[] => {
  const { maxConnections, targetPeers } = scenario
  const sets = nodes.map(() => new Set<number>())
  const hasRoom = (node: number): boolean => sets[node]!.size < maxConnections
  const link = (a: number, b: number): boolean => {
    if (a === b || sets[a]!.has(b) || !hasRoom(a) || !hasRoom(b)) return false
    sets[a]!.add(b)
    sets[b]!.add(a)
    return true
  }
  const validators = nodes.filter(({ role }) => role === 'validator').map(({ index }) => index)
  const servers = nodes.filter(({ role }) => role !== 'light').map(({ index }) => index)

  const wanted = Math.min(scenario.validatorPeers, validators.length - 1)
  for (const validator of validators) {
    for (const other of shuffled(random, validators)) {
      if (sets[validator]!.size >= wanted) break
      if (sets[other]!.size < wanted) link(validator, other)
    }
  }

  for (const node of shuffled(
    random,
    nodes.filter(({ role }) => role !== 'validator'),
  )) {
    let links = 0
    // Validators are dialled for ever, whoever comes first has them.
    for (const validator of shuffled(random, validators)) {
      if (links >= scenario.validatorLinks || !hasRoom(node.index)) break
      if (link(node.index, validator)) links++
    }
  }
  for (const node of shuffled(
    random,
    nodes.filter(({ role }) => role !== 'validator'),
  )) {
    const candidates = shuffled(random, servers)
    if (scenario.coversColumns) cover(node, nodes, candidates, sets[node.index]!, link)
    for (const other of candidates) {
      if (sets[node.index]!.size >= targetPeers) break
      link(node.index, other)
    }
  }
  return sets.map((set) => [...set].sort((a, b) => a - b))
}

/** Peers that together keep every column, by taking whoever adds most of 64 candidates at a time. */
const cover = (
  { index }: SimNode,
  nodes: readonly SimNode[],
  candidates: readonly number[],
  own: ReadonlySet<number>,
  link: (a: number, b: number) => boolean,
): void => {
  const missing = new Set(Array.from({ length: COLUMNS }, (_, column) => column))
  const gain = (other: number) => nodes[other]!.custody.filter((column) => missing.has(column)).length
  const take = (other: number) => {
    for (const column of nodes[other]!.custody) missing.delete(column)
  }
  for (const other of own) take(other)
  const CHOICE = 64
  for (let first = 0; first < candidates.length && missing.size > 0; first += CHOICE) {
    const choice = candidates.slice(first, first + CHOICE)
    while (missing.size > 0 && choice.length > 0) {
      const best = choice.reduce((most, other) => (gain(other) > gain(most) ? other : most))
      // Late in the search whoever keeps anything that is missing is welcome.
      if (gain(best) === 0) break
      choice.splice(choice.indexOf(best), 1)
      if (link(index, best)) take(best)
    }
  }
}
