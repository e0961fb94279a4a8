// `npm run test:restoring`: a hundred seeded networks of light nodes restore a block of 8 bands, and a hundred of half
// the size refuse. `node test/grid/restoring/many.ts 4 1000` for other bands and another number of runs.

import { restoreManyTimes } from './runs.ts'

const bands = Number(process.argv[2] ?? 8)
const runs = Number(process.argv[3] ?? 100)
const startMs = performance.now()
const { samples, nodes, restored, refusals } = await restoreManyTimes(bands, runs)
const seconds = Math.round((performance.now() - startMs) / 1_000)
process.stdout.write(
  `${bands} bands: ${restored} of ${runs} restored byte for byte from ${nodes} nodes of ${samples} samples; ` +
    `of ${Math.floor(nodes / 2)} nodes: ${refusals.join(', ')}; ${seconds} s\n`,
)
const held = restored >= Math.ceil(0.99 * runs) && refusals.length === 1 && refusals[0] === 'incomplete'
process.stdout.write(held ? 'held\n' : 'BROKEN\n')
process.exitCode = held ? 0 : 1
