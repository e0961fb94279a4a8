// How much each node's folder takes on disk over time: flat, once the first blocks are past their retention.

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { binned, median, type Point, slopeOf } from './slope.ts'

export interface DiskWatch {
  /** Sentences on what climbed; empty where the run was too short to tell. */
  judge(retentionMs: number): readonly string[]
  /** Most MB seen, by node. */
  figures(): Readonly<Record<string, number>>
}

const EVERY_MS = 15_000
const MB = 2 ** 20
/** What the log of LevelDB and compaction make it swing by. */
const FLOOR_MB = 12
const SHARE = 0.25

export const watchDisk = (
  nodes: readonly { readonly name: string; readonly folder: string }[],
): DiskWatch => {
  const startMs = Date.now()
  const points = new Map<string, Point[]>(nodes.map(({ name }) => [name, []]))
  const look = () => {
    for (const { name, folder } of nodes)
      points.get(name)?.push({ x: Date.now() - startMs, y: bytesOf(folder) / MB })
  }
  const timer = setInterval(look, EVERY_MS)
  timer.unref()
  return {
    judge(retentionMs) {
      clearInterval(timer)
      look()
      return [...points].flatMap(([name, all]) => {
        const judged = all.filter(({ x }) => x > 1.5 * retentionMs)
        if (judged.length < 8) return []
        const length = judged.at(-1)!.x - judged[0]!.x
        const climb = slopeOf(binned(judged, 12, median)) * length
        const allowed = Math.max(FLOOR_MB, SHARE * median(judged.map(({ y }) => y)))
        return climb > allowed
          ? [`disk use of ${name} climbs by ${climb.toFixed(1)} MB, more than ${allowed.toFixed(1)}`]
          : []
      })
    },
    figures: () =>
      Object.fromEntries(
        [...points].map(([name, all]) => [name, Math.ceil(Math.max(0, ...all.map(({ y }) => y)))]),
      ),
  }
}

const bytesOf = (folder: string): number => {
  let bytes = 0
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
      if (entry.isFile()) bytes += sizeOf(join(entry.parentPath, entry.name))
    }
  } catch {
    // The folder changes while it is looked through: what was counted is near enough.
  }
  return bytes
}

const sizeOf = (path: string): number => {
  try {
    return statSync(path).size
  } catch {
    return 0
  }
}
