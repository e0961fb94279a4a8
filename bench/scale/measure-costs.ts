// Measures what the simulation charges a node's processors: the real engine's jobs for blocks of several sizes, BLS,
// synced writes, and what a gossip message costs the thread that runs the network. Writes results/costs.json:
// npx node bench/scale/measure-costs.ts

import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { accept } from '../../src/base/verdict.ts'
import { createBlstBls } from '../../src/chain/bls-blst.ts'
import { secretKeyOfSeed } from '../../src/chain/bls-keygen.ts'
import { loadComponents } from '../../src/grid/backends.ts'
import { namespaceOf } from '../../src/grid/blob.ts'
import type { GridTile } from '../../src/grid/block.ts'
import { createLocalEngine } from '../../src/grid/local-engine.ts'
import { nodeSha256 } from '../../src/grid/node-sha256.ts'
import { areCommitmentsOf, areEntriesOf, isSheetOf } from '../../src/grid/roots.ts'
import { requiredSamples } from '../../src/grid/sampling-bound.ts'
import { shapeOf } from '../../src/grid/shape.ts'
import { drawTiles } from '../../src/sampling/draw.ts'
import { createStore } from '../../src/store/store.ts'
import { makeColumn, makeNode, makeVote, until } from '../../test/network/support.ts'
import { temporaryFolder } from '../../test/node/support.ts'
import { type Costs, loadCosts, type RowCosts } from './costs.ts'
import { seeded } from './random.ts'

const round = (value: number): number => Number(value.toPrecision(3))

/** This thread's own time: others may be using the machine. The median of some runs, the first left out. */
const time = async (work: () => unknown, runs = 3, repeat = 1): Promise<number> => {
  await work()
  const times: number[] = []
  for (let i = 0; i < runs; i++) {
    const before = process.threadCpuUsage()
    for (let j = 0; j < repeat; j++) await work()
    const { user, system } = process.threadCpuUsage(before)
    times.push((user + system) / 1_000 / repeat)
  }
  return times.sort((a, b) => a - b)[runs >> 1]!
}

const measureRows = async (rows: number, maxBands: number): Promise<RowCosts> => {
  const components = await loadComponents('kernels', 'prover', nodeSha256)
  const engine = createLocalEngine({ maxRows: 256, maxBands }, components)
  const random = seeded(rows)
  const blob = (letter: string, length: number) => ({
    namespace: namespaceOf(new TextEncoder().encode(letter)),
    flags: 0,
    data: Uint8Array.from({ length }, () => random() & 0xff),
  })
  const blobs = [blob('a', 700), blob('b', (rows - 1) * 126_976 + 1_984 * 40)]
  let block = await engine.encode(blobs)
  const encodeMs = await time(
    async () => {
      block = await engine.encode(blobs)
    },
    rows > 100 ? 1 : 3,
  )
  const { header, commitments, sheet, columns, entries } = block
  const proven = { header, commitments, sheet }
  const shape = shapeOf(rows, maxBands)
  const restoreMs = await time(
    () => engine.restore(proven, { columns: columns.filter((_, k) => k % 2 === 0) }),
    rows > 100 ? 1 : 3,
  )
  const checkColumnMs = (await time(() => engine.checkColumns(header, columns.slice(0, 8)), 3, 20)) / 8
  const checkProofsMs = await time(() => engine.checkColumnProofs(proven, columns.slice(0, 8)))
  const makeTileMs = await time(() => engine.makeTiles(proven, columns[3]!, [0]), 3, 100)
  const samples = requiredSamples({ ...shape, confidence: 0.995 })
  const tiles: GridTile[] = []
  for (const { band, column } of drawTiles(shape, 0.005, random))
    tiles.push(...(await engine.makeTiles(proven, columns[column]!, [band])))
  const checkTilesMs = await time(() => engine.checkTiles([{ header, commitments, tiles }]))
  const judgeHeaderMs = await time(() => areCommitmentsOf(header, commitments), 3, 100)
  const judgeProposalMs = await time(
    () => areEntriesOf(header, entries) && isSheetOf(header, shape, sheet),
    3,
    20,
  )
  const costs = {
    rows,
    maxBands,
    encodeMs,
    restoreMs,
    checkColumnMs,
    checkProofsMs,
    makeTileMs,
    checkTilesMs,
    samples,
    judgeProposalMs: judgeProposalMs + judgeHeaderMs,
    judgeHeaderMs,
  }
  for (const [name, value] of Object.entries(costs)) costs[name as keyof RowCosts] = round(value)
  process.stderr.write(`${JSON.stringify(costs)}\n`)
  return costs
}

const measureBls = async () => {
  const bls = createBlstBls()
  const keys = Array.from({ length: 86 }, (_, i) => secretKeyOfSeed(new Uint8Array(32).fill(i + 1)))
  const publicKeys = keys.map((key) => bls.publicKeyOf(key))
  const root = new Uint8Array(32).fill(7)
  const signatures = keys.map((key) => bls.sign(root, key))
  const aggregate = bls.aggregate(signatures)
  return {
    signMs: round(await time(() => bls.sign(root, keys[0]!), 3, 200)),
    verifyVoteMs: round(await time(() => bls.verify(root, publicKeys[0]!, signatures[0]!), 3, 200)),
    aggregateMs: round(await time(() => bls.aggregate(signatures), 3, 20)),
    verifyCertificateMs: round(await time(() => bls.verifyAggregate(root, publicKeys, aggregate), 3, 20)),
  }
}

const measureDisk = async (): Promise<number> => {
  const folder = await temporaryFolder()
  const store = createStore(
    { location: join(folder.path, 'db'), chainId: new Uint8Array(32) },
    { log: silent, metrics: noMetrics },
  )
  await store.open()
  let height = 1
  const times: number[] = []
  for (; height < 22; height++) {
    const start = performance.now()
    await store.putSigningRecord({ height, nil: true })
    times.push(performance.now() - start)
  }
  await store.close()
  await folder.remove()
  return round(times.sort((a, b) => a - b)[10]!)
}

/** CPU of this process while one node sends messages to another: half of it is the sender's, half the receiver's. */
const measureTransport = async () => {
  let got = 0
  const count = async () => {
    got++
    return accept
  }
  const columns = Array.from({ length: 128 }, (_, k) => k)
  const receiver = await makeNode({
    topics: { columns },
    gossip: { column: count, vote: count },
    maxRows: 256,
  })
  await receiver.start()
  const sender = await makeNode({ topics: { columns }, bootnodes: receiver.addresses(), maxRows: 256 })
  await sender.start()
  await until(() => sender.subscribers('column', 127).length === 1, 'a subscriber')
  const run = async (number: number, publish: (i: number) => Promise<number>) => {
    got = 0
    const before = process.cpuUsage()
    for (let i = 0; i < number; i++) await publish(i)
    await until(() => got === number, 'all messages')
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000 / 2 / number
  }
  const height = { next: 1 }
  await run(200, () => sender.publish.vote(makeVote(height.next++)))
  const messageMs = await run(500, () => sender.publish.vote(makeVote(height.next++)))
  const column = { ...makeColumn(0, 1, 256) }
  await run(16, (i) => sender.publish.column({ ...column, index: i }))
  const columnMs = await run(64, (i) => sender.publish.column({ ...column, index: i + 32 }))
  await Promise.all([sender.stop(), receiver.stop()])
  return { messageMs: round(messageMs), messageMsPerMiB: round((columnMs - messageMs) / (256 / 512)) }
}

/** What a block of these rows and bands costs; without arguments all of them. `rest`: of blocks nothing new is measured. */
const wanted = process.argv.slice(2)
const kept = wanted.length > 0 ? loadCosts().byRows : []
const sizes = ['8/8', '64/8', '256/8', '64/64', '256/64']
const measured: RowCosts[] = []
for (const size of sizes.filter((each) => wanted.length === 0 || wanted.includes(each))) {
  const [rows, maxBands] = size.split('/').map(Number) as [number, number]
  measured.push(await measureRows(rows, maxBands))
}
const isNew = ({ rows, maxBands }: RowCosts) =>
  measured.some((each) => each.rows === rows && each.maxBands === maxBands)
const byRows = [...kept.filter((each) => !isNew(each)), ...measured]
const costs: Costs = {
  machine: `${cpus()[0]?.model.trim()}, Node ${process.version}`,
  byRows,
  ...(await measureBls()),
  syncMs: await measureDisk(),
  ...(await measureTransport()),
}
writeFileSync(new URL('./results/costs.json', import.meta.url), `${JSON.stringify(costs, undefined, 2)}\n`)
process.stdout.write(`${JSON.stringify(costs, undefined, 2)}\n`)
process.exit(0)
