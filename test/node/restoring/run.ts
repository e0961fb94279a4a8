// `npm run test:restore`: 60 real light nodes of 16 samples restore a block of 8 bands when everybody else is gone;
// 30 of them refuse, and say what is missing. Prints what each gave.

import { restoreFromLightNodes } from './scenario.ts'

const startMs = performance.now()
const seconds = () => Math.round((performance.now() - startMs) / 1_000)
const { whole, half, isEqual, servedBytes } = await restoreFromLightNodes({
  maxBands: 8,
  nodes: Number(process.argv[2] ?? 64),
  nodesLeft: Math.floor(Number(process.argv[2] ?? 64) / 2),
  dialsOnly: 4,
  blobBytes: 900_000,
  waitMs: 1_200_000,
  // Some four hundred connections in one process instead of a thousand.
  limits: { targetPeers: 6, upgradeTimeoutMs: 60_000, statusTimeoutMs: 60_000 },
  say: (line) => process.stdout.write(`${seconds()} s: ${line}\n`),
})
const sorted = [...servedBytes].sort((a, b) => a - b)
const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]
process.stdout.write(
  `served by a light node: least ${at(0)}, median ${at(0.5)}, most ${at(1)} bytes; ${seconds()} s in all\n`,
)
const held = whole.restored && isEqual && !half.restored && half.code === 'incomplete'
process.stdout.write(held ? 'held\n' : 'BROKEN\n')
process.exitCode = held ? 0 : 1
