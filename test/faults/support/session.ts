// What most scenarios of processes share: a folder, a network, a watch over it, and an end that leaves nothing behind.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ScenarioResult } from '../scenario.ts'
import { createProcessNet, type GenesisPace, type NodePlan, type ProcessNet, type Role } from './processes.ts'
import { createWatch, type Watch } from './watch.ts'

export interface Session {
  readonly net: ProcessNet
  readonly watch: Watch
}

export const withSession = async <T>(
  init: { readonly nodes: readonly NodePlan[]; readonly genesis: GenesisPace },
  work: (session: Session) => Promise<T>,
): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-fault-'))
  const net = await createProcessNet({ folder, ...init })
  const watch = createWatch()
  try {
    return await work({ net, watch })
  } finally {
    watch.stop()
    await net.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `count` nodes of a role: v1, v2, ... or full-1, ... */
export const plansOf = (role: Role, count: number): readonly NodePlan[] =>
  Array.from({ length: count }, (_, i) => ({
    name: role === 'validator' ? `v${i + 1}` : `${role}-${i + 1}`,
    role,
  }))

export const START_MS = 150_000

/** Time for heights that take seconds on two cores that others use too. */
export const unhurried: GenesisPace = { timeoutMs: 5_000, maxTimeoutMs: 10_000 }

/** The verdict on a chain that never began: nothing was tried. */
export const neverBegan: ScenarioResult = { held: false, broken: ['the chain did not begin'], figures: {} }
