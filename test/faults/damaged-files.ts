// A stopped validator's files are harmed: cut short, bits flipped, exchanged with one another, one of every kind that there
// is, in the database, in the copy of the signing records, and the ledgers beside them. Started again it serves the
// truth or nothing, fetches from the others what it lost, and says so; or it refuses with a code, and starts when its
// operator has done what the recovery page says.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deadline } from '../../src/base/deadline.ts'
import { folderPaths } from '../../src/cli/node-folder.ts'
import type { Scenario, ScenarioOptions, ScenarioResult } from './scenario.ts'
import { type PublishedBlob, readOf, startLoad } from './support/load.ts'
import { createProcessNet, type ProcessNet, type RunningNode } from './support/processes.ts'
import { createRandom, type Random } from './support/random.ts'
import { msUntil } from './support/until.ts'
import { startVoteObserver } from './support/vote-observer.ts'

const VICTIM = 'v4'
const REPAIR_MS = 90_000
const START_MS = 120_000

type Harm = (typeof harms)[number]
type Kind = 'log' | 'table' | 'manifest' | 'current' | 'ledger'

const isKind: Readonly<Record<Kind, (name: string) => boolean>> = {
  log: (name) => name.endsWith('.log'),
  table: (name) => name.endsWith('.ldb'),
  manifest: (name) => name.startsWith('MANIFEST-'),
  current: (name) => name === 'CURRENT',
  ledger: (name) => name.endsWith('.ledger'),
}
const harms = ['cut', 'flipped', 'exchanged'] as const
const kinds = Object.keys(isKind) as Kind[]

export const scenario: Scenario = {
  name: 'damaged-files',
  fault: 'Files of a stopped validator cut short, with flipped bits, exchanged with one another',
  injected:
    'each kind of file of both databases and their ledgers is overwritten at places drawn by the seed',
  longMinutes: 4.5,
  async run(options) {
    const folder = mkdtempSync(join(tmpdir(), 'weft-damaged-'))
    const nodes = ['v1', 'v2', 'v3', VICTIM].map((name) => ({ name, role: 'validator' as const }))
    const genesis = { blockIntervalMs: 300, timeoutMs: 3_000, maxTimeoutMs: 6_000, maxRows: 16 }
    const net = await createProcessNet({ folder, nodes, genesis })
    const observer = await startVoteObserver(net)
    try {
      await Promise.all(nodes.map(({ name }) => net.start(name)))
      const result = await judge(net, options)
      const broken = [...result.broken, ...observer.contradictions()]
      const figures = { ...result.figures, votesHeard: observer.votes }
      return { held: broken.length === 0, broken, figures }
    } finally {
      await observer.stop()
      await net.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

interface Counts {
  harmed: number
  started: number
  refused: number
  /** Times that it ended by itself when a file broke under it, with a code, and was started again. */
  ended: number
  told: number
  readsRight: number
}

const judge = async (
  net: ProcessNet,
  { long, seed, say, signal }: ScenarioOptions,
): Promise<Pick<ScenarioResult, 'broken' | 'figures'>> => {
  const random = createRandom(seed)
  const broken: string[] = []
  const counts: Counts = { harmed: 0, started: 0, refused: 0, ended: 0, told: 0, readsRight: 0 }
  const others = () => net.running().filter(({ name }) => name !== VICTIM)
  const load = startLoad(
    { intervalMs: 400, minBytes: 500, maxBytes: 60_000, maxWaiting: 8 },
    others,
    random,
    signal,
  )
  await msUntil(START_MS, () => load.certified().length >= (long ? 30 : 8), signal)
  for (const [kind, harm, side] of long ? longPlan(random) : quickPlan(random)) {
    if (signal.aborted) break
    const known = [...load.certified()]
    await net.node(VICTIM)?.kill()
    const name = harmFile(net.dir(VICTIM), { kind, harm, side, random })
    const what = `${side} ${name ?? kind} ${harm}`
    if (name === undefined) continue
    counts.harmed += 1
    const said = listen(net)
    const outcome = await startAgain(net, counts)
    if (outcome !== undefined) broken.push(`${what}: ${outcome}`)
    if (net.node(VICTIM) === undefined) return { broken, figures: { ...counts } }
    const newest = load.certified().length
    const wrong = await readThere(net, known.slice(-30), counts, signal)
    // Some damage shows only when it is read.
    if (/not whole|being repaired|damaged/.test(said())) counts.told += 1
    if (wrong !== undefined) broken.push(`${what}: ${wrong}`)
    // It takes part again, or at least follows.
    if ((await msUntil(REPAIR_MS, () => load.certified().length > newest, signal)) === undefined)
      broken.push(`${what}: the chain stood still`)
    say(
      `${what}: ${counts.refused} refused, ${counts.ended} ended, ${counts.told} told, ${counts.readsRight} reads right`,
    )
  }
  await load.finish(deadline(60_000, signal))
  return { broken, figures: { ...counts, blobsCertified: load.certified().length } }
}

type Plan = readonly (readonly [Kind, Harm, 'db' | 'signing'])[]

const longPlan = (random: Random): Plan => [
  ...kinds.flatMap((kind) => harms.map((harm) => [kind, harm, 'db'] as const)),
  ...kinds.map((kind) => [kind, random.pick(harms)!, 'signing'] as const),
]

const quickPlan = (random: Random): Plan => [
  ['log', 'cut', 'db'],
  [random.pick(kinds)!, random.pick(harms)!, 'db'],
]

/** Overwrites one file of a kind; undefined where there is none. */
const harmFile = (
  dir: string,
  { kind, harm, side, random }: { kind: Kind; harm: Harm; side: 'db' | 'signing'; random: Random },
): string | undefined => {
  const data = folderPaths(dir).database
  const folder = kind === 'ledger' ? data : join(data, side)
  const files = readdirSync(folder).filter(
    (name) => isKind[kind](name) && (kind !== 'ledger' || name.startsWith(side)),
  )
  const name = random.pick(files)
  if (name === undefined) return undefined
  const path = join(folder, name)
  const content = readFileSync(path)
  if (harm === 'cut') writeFileSync(path, content.subarray(0, random.integer(content.length)))
  if (harm === 'flipped') {
    for (let i = 0; i < 1 + random.integer(8) && content.length > 0; i++)
      content[random.integer(content.length)]! ^= 1 << random.integer(8)
    writeFileSync(path, content)
  }
  if (harm === 'exchanged') {
    const all = readdirSync(join(data, 'db')).filter((other) => /ldb$|log$|MANIFEST|CURRENT/.test(other))
    const other = join(data, 'db', random.pick(all.filter((each) => each !== name)) ?? name)
    const theirs = readFileSync(other)
    writeFileSync(path, theirs)
    writeFileSync(other, content)
  }
  return name
}

/** What a node says that cannot start, or go on, for its files' sake. */
const reason =
  /signing-records-lost|whole copy of the signing|expected to repair|unknown-format|expected format|expected a whole|the disk refused|store-damaged|the store stops|another process/
/** Exit code for what its operator has to look at (docs/cli.md). */
const FOR_OPERATOR = 2

/** What it writes to its log from now on. */
const listen = (net: ProcessNet): (() => string) => {
  const file = net.logFile(VICTIM)
  const before = existsSync(file) ? readFileSync(file, 'utf8').length : 0
  return () => readFileSync(file, 'utf8').slice(before)
}

const isUp = (net: ProcessNet): Promise<boolean> =>
  net.start(VICTIM).then(
    () => true,
    () => false,
  )

/** Starts the victim as its operator would; undefined where it is up, else what was wrong. */
const startAgain = async (net: ProcessNet, counts: Counts): Promise<string | undefined> => {
  const said = listen(net)
  const up = await isUp(net)
  if (up) {
    counts.started += 1
    return undefined
  }
  counts.refused += 1
  const code = reason.exec(said())
  // docs/recovery.md: the folder is moved away, and the validator is told from where it may sign.
  rmSync(folderPaths(net.dir(VICTIM)).database, { recursive: true })
  const height = Math.max(
    ...(await Promise.all(
      net.running().map(({ client }) =>
        client.status({ signal: AbortSignal.timeout(20_000) }).then(
          ({ headHeight }) => headHeight,
          () => 0,
        ),
      ),
    )),
  )
  await net.start(VICTIM, { args: ['--signing-floor', String(height + 10)] })
  return code === null ? `it refused without saying why: ${said().slice(0, 400)}` : undefined
}

/** Reads through the victim until every blob comes right; never may one come wrong. */
const readThere = async (
  net: ProcessNet,
  blobs: readonly PublishedBlob[],
  counts: Counts,
  signal: AbortSignal,
): Promise<string | undefined> => {
  let said = listen(net)
  let node = net.node(VICTIM)
  for (const blob of blobs) {
    let last = 'not asked'
    await msUntil(
      REPAIR_MS,
      async () => {
        if (node === undefined) return true
        last = await readOf(node, blob, deadline(20_000, signal))
        if (last === 'no-node' && !node.alive()) {
          const why = whyEnded(node, said())
          if (why !== undefined) {
            last = why
            return true
          }
          counts.ended += 1
          const wrong = await startAgain(net, counts)
          if (wrong !== undefined) {
            last = wrong
            return true
          }
          said = listen(net)
          node = net.node(VICTIM)
        }
        return last === 'right' || last === 'wrong'
      },
      signal,
    )
    if (last !== 'right') return `blob ${blob.blobId}: ${last}`
    counts.readsRight += 1
  }
  return undefined
}

/**
 * A node may end when a file turns out broken under it, if it says so and its exit code is for its operator, who starts it
 * again. Undefined where it did; else how it ended.
 */
const whyEnded = ({ child }: RunningNode, said: string): string | undefined =>
  child.exitCode === FOR_OPERATOR && reason.test(said)
    ? undefined
    : `not read: the node ended with ${child.exitCode ?? child.signalCode}: ${said.slice(-1_000)}`
