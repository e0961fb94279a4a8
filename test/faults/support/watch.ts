// What the nodes of a network say of themselves, followed over their event streams through restarts: final blocks,
// certificates and own votes. From these a scenario sees forks, progress, and votes that exclude each other.

import { sleep } from '../../../src/base/deadline.ts'
import type { NodeEvent } from '../../../src/node/types.ts'
import type { RunningNode } from './processes.ts'

export interface Watch {
  /** Follows a node until it ends or the watch does; call it again after a restart. */
  follow(node: RunningNode): void
  /** Greatest final height that a node has told of; 0 for none. */
  finalHeight(name: string): number
  /** Greatest height with a certificate that a node has told of. */
  certifiedHeight(name: string): number
  /** Greatest height of an own vote. */
  votedHeight(name: string): number
  /** Heights of whose blocks a node has told that it keeps its share; whoever takes its disk clears them. */
  kept(name: string): Set<number>
  /** Sentences: two final roots of one height, an own vote that excludes another. */
  contradictions(): readonly string[]
  /** How many certificates of a kind there are, by height. */
  heightsWith(kind: 'notarise' | 'nil' | 'finalize'): ReadonlySet<number>
  stop(): void
}

export const createWatch = (): Watch => {
  const ended = new AbortController()
  const finals = new Map<number, Map<string, string>>()
  const finalHeights = new Map<string, number>()
  const certified = new Map<string, number>()
  const voted = new Map<string, number>()
  const keptBy = new Map<string, Set<number>>()
  const kept = (name: string): Set<number> => {
    const own = keptBy.get(name) ?? new Set<number>()
    keptBy.set(name, own)
    return own
  }
  const votes = new Map<string, string>()
  const kinds = { notarise: new Set<number>(), nil: new Set<number>(), finalize: new Set<number>() }
  const broken = new Set<string>()
  const raise = (map: Map<string, number>, name: string, height: number) =>
    map.set(name, Math.max(map.get(name) ?? 0, height))

  const take = (name: string, event: NodeEvent): void => {
    if (event.type === 'final') {
      raise(finalHeights, name, event.height)
      const roots = finals.get(event.height) ?? new Map<string, string>()
      finals.set(event.height, roots.set(event.root, name))
      if (roots.size > 1)
        broken.add(
          `height ${event.height} has ${roots.size} final blocks, at ${[...roots.values()].join(' and ')}`,
        )
    }
    if (event.type === 'available') kept(name).add(event.height)
    if (event.type === 'certificate') {
      raise(certified, name, event.height)
      kinds[event.kind].add(event.height)
    }
    if (event.type === 'vote') {
      raise(voted, name, event.height)
      const key = `${name} ${event.height} ${event.kind}`
      const before = votes.get(key)
      votes.set(key, event.root)
      if (before !== undefined && before !== event.root)
        broken.add(`${name} signed two votes of kind ${event.kind} at height ${event.height}`)
      if (votes.has(`${name} ${event.height} nil`) && votes.has(`${name} ${event.height} finalize`))
        broken.add(`${name} signed nil and finalize at height ${event.height}`)
    }
  }

  return {
    follow(node) {
      void (async () => {
        while (!ended.signal.aborted && node.alive()) {
          try {
            const types = ['final', 'certificate', 'vote', 'available'] as const
            for await (const event of node.client.events({ signal: ended.signal, types }))
              take(node.name, event)
          } catch {
            // The stream ends with the node.
          }
          await sleep(200, ended.signal).catch(() => {})
        }
      })()
    },
    finalHeight: (name) => finalHeights.get(name) ?? 0,
    certifiedHeight: (name) => certified.get(name) ?? 0,
    votedHeight: (name) => voted.get(name) ?? 0,
    kept,
    contradictions: () => [...broken],
    heightsWith: (kind) => kinds[kind],
    stop: () => ended.abort(),
  }
}
