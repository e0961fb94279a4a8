// Hostile peers against a real validator: each attack by a process of its own, at full speed, while two honest nodes go
// on making blocks and asking. Held: the attacker is cut within 5 s or meets the limit that is meant for it, memory
// stays under the ceiling that the configuration names, the chain goes on, no honest peer is lost, and nothing that the
// victim does holds its main thread for longer than it may.

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { toHex } from '../../src/base/bytes.ts'
import { sleep } from '../../src/base/deadline.ts'
import { chainOf } from '../../src/chain/chain.ts'
import { GenesisType } from '../../src/chain/containers.ts'
import { defaultLimits, type NetworkLimits } from '../../src/network/limits.ts'
import { temporaryFolder, testChain } from '../node/support.ts'
import type { AttackCall, AttackReport } from './hostile/attacker.ts'
import { attacks } from './hostile/attacks.ts'
import { createHonest, type Honest, VICTIM } from './hostile/honest.ts'
import type { VictimInit, VictimMessage, VictimReport } from './hostile/victim.ts'
import type { Scenario, ScenarioOptions, ScenarioResult } from './scenario.ts'

/** Bans short enough that the next attack can begin; else the defaults. */
const LIMITS: Partial<NetworkLimits> = { banMs: 2_500 }
/** Times of the long form, and of the quick one, which others' tests share the machine with. */
const LONG = {
  forMs: 4_000,
  quietMs: 4_000,
  afterMs: 3_000,
  cutMs: 5_000,
  patienceMs: 10_000,
  lostMs: 10_000,
}
const QUICK_TIMES = {
  forMs: 2_000,
  quietMs: 1_500,
  afterMs: 1_000,
  cutMs: 20_000,
  patienceMs: 22_000,
  lostMs: 60_000,
}
/** CPU time between two looks at the timers: several turns, on a machine that others use too. */
const TURN_MS = 50
const QUICK: readonly string[] = [
  'undecodable-gossip',
  'invalid-columns',
  'forged-votes',
  'pings',
  'unbounded-ranges',
]

export interface AttackFigures {
  readonly attack: string
  readonly sent: number
  readonly cuts: number
  readonly slowestCutMs: number
  readonly limited: readonly string[]
  readonly cpuUsPerMessage: number
  readonly rssMiB: number
  readonly longestTurnMs: number
  readonly gossipP99Ms: readonly [before: number, during: number]
  readonly requestP99Ms: readonly [before: number, during: number]
  readonly heights: readonly [before: number, during: number]
  readonly codes: readonly string[]
  readonly broken: readonly string[]
}

export const scenario: Scenario = {
  name: 'hostile',
  fault: `Hostile peers: ${Object.keys(attacks).join(', ')}`,
  injected: 'raw libp2p and TCP at full speed from a process of its own, against a real validator',
  longMinutes: 9,
  async run(options) {
    const wanted = options.long ? Object.keys(attacks) : QUICK
    return runAttacks(wanted, options)
  },
}

export const runAttacks = async (
  wanted: readonly string[],
  { long, signal, say }: Pick<ScenarioOptions, 'long' | 'signal' | 'say'>,
): Promise<ScenarioResult> => {
  const times = long ? LONG : QUICK_TIMES
  const test = await testChain(4, {
    maxRows: 4,
    maxBands: 2,
    blockIntervalMs: 100,
    idleIntervalMs: 200,
    timeoutMs: 20_000,
    maxTimeoutMs: 40_000,
  })
  const folder = await temporaryFolder()
  const honest = await createHonest(test, times.lostMs)
  const victim = await startVictim({
    genesis: toHex(GenesisType.serialize(test.genesis)),
    peerKey: toHex(test.validators[VICTIM]!.peerKey),
    validatorKey: toHex(test.validators[VICTIM]!.secretKey),
    dataDir: folder.path,
    bootnodes: honest.addresses,
    limits: LIMITS,
  })
  const broken: string[] = []
  const all: AttackFigures[] = []
  try {
    honest.begin(victim.peerId)
    // Enough blocks that votes are old and a block can be asked for.
    for (let i = 0; i < 1_500 && honest.final < 7; i++) await sleep(100, signal)
    if (honest.final < 7) return { held: false, broken: ['the chain did not begin'], figures: {} }
    const idleMiB = victim.last().rssBytes / 2 ** 20
    const ceilingMiB = idleMiB + (defaultLimits.bufferedBytes + defaultLimits.pendingBytes) / 2 ** 20
    for (const attack of wanted) {
      const figures = await oneAttack(attack, {
        victim,
        honest,
        signal,
        times,
        chainId: toHex(chainOf(test.genesis).chainId),
        ceilingMiB,
      })
      all.push(figures)
      say(lineOf(figures))
      for (const what of figures.broken) broken.push(`${attack}: ${what}`)
    }
    return {
      held: broken.length === 0,
      broken,
      figures: {
        attacks: all.length,
        messages: all.reduce((sum, { sent }) => sum + sent, 0),
        idleMiB: Math.round(idleMiB),
        mostMiB: Math.round(Math.max(...all.map(({ rssMiB }) => rssMiB))),
        ceilingMiB: Math.round(ceilingMiB),
        slowestCutMs: Math.round(
          Math.max(
            ...all.filter(({ attack }) => attacks[attack]!.cut).map(({ slowestCutMs }) => slowestCutMs),
          ),
        ),
        gossipP99BeforeMs: Math.round(Math.max(...all.map(({ gossipP99Ms }) => gossipP99Ms[0]))),
        gossipP99DuringMs: Math.round(Math.max(...all.map(({ gossipP99Ms }) => gossipP99Ms[1]))),
        requestP99BeforeMs: Math.round(Math.max(...all.map(({ requestP99Ms }) => requestP99Ms[0]))),
        requestP99DuringMs: Math.round(Math.max(...all.map(({ requestP99Ms }) => requestP99Ms[1]))),
        mostCpuUsPerMessage: Math.round(Math.max(...all.map(({ cpuUsPerMessage }) => cpuUsPerMessage))),
        longestTurnMs: Math.round(Math.max(...all.map(({ longestTurnMs }) => longestTurnMs))),
        limitsMet: [...new Set(all.flatMap(({ limited }) => limited))].sort().join(' '),
      },
    }
  } finally {
    await Promise.all([victim.stop(), honest.stop()])
    await folder.remove()
  }
}

interface Field {
  readonly victim: Victim
  readonly honest: Honest
  readonly signal: AbortSignal
  readonly times: typeof LONG
  readonly chainId: string
  readonly ceilingMiB: number
}

const oneAttack = async (name: string, field: Field): Promise<AttackFigures> => {
  const { victim, honest, signal, times } = field
  const attack = attacks[name]!
  honest.take()
  const quietFrom = victim.mark()
  await sleep(times.quietMs, signal)
  const quiet = victim.since(quietFrom)
  const before = honest.take()
  const from = victim.mark()
  const report = await runAttacker({
    attack: name,
    address: victim.address,
    chainId: field.chainId,
    forMs: times.forMs,
    patienceMs: times.patienceMs,
    ...honest.material(),
  })
  const during = honest.take()
  // Its last report may be on its way.
  await sleep(500, signal)
  const cost = victim.since(from)
  // Who was banned comes back later; honest messages that are late must still come.
  await sleep(times.afterMs, signal)
  const after = honest.take()

  const limited = attack.limits.filter((limit) => cost.limited.has(limit))
  const letMs = report.cuts.map(({ firstAtMs, closedAtMs }) =>
    closedAtMs === undefined
      ? Number.POSITIVE_INFINITY
      : closedAtMs - Math.max(firstAtMs, victim.metSince(attack.limits, firstAtMs) ?? firstAtMs),
  )
  const cuts = letMs.filter(Number.isFinite)
  const slowestCutMs = Math.max(0, ...letMs)
  // What honest work costs goes with the blocks that are made, of which there may be fewer during an attack.
  const cpuMs = cost.cpuMs - (quiet.cpuMs / Math.max(1, before.heights)) * during.heights
  const broken = [
    ...(report.sent === 0 ? ['nothing was sent'] : []),
    ...(attack.judged !== undefined && !cost.codes.has(attack.judged)
      ? [`nothing was judged ${attack.judged}`]
      : []),
    ...(attack.cut && (cuts.length === 0 || slowestCutMs > times.cutMs)
      ? [`cut after ${Math.round(slowestCutMs)} ms, ${cuts.length} times`]
      : []),
    ...(attack.limits.length > 0 && limited.length === 0
      ? [`no limit of ${attack.limits.join(', ')} was met`]
      : []),
    ...(cost.rssMiB > field.ceilingMiB ? [`${Math.round(cost.rssMiB)} MiB of memory`] : []),
    ...(during.heights + after.heights === 0 ? ['the chain stood still'] : []),
    ...(honest.connected() ? [] : ['an honest peer was lost']),
    ...(during.lost.length + after.lost.length > 0
      ? [`honest messages or requests were lost: ${[...during.lost, ...after.lost].join(', ')}`]
      : []),
  ]
  return {
    attack: name,
    sent: report.sent,
    cuts: cuts.length,
    slowestCutMs,
    limited: [...cost.limited].sort(),
    cpuUsPerMessage: Math.max(0, (1_000 * cpuMs) / Math.max(1, report.sent)),
    rssMiB: cost.rssMiB,
    longestTurnMs: cost.longestTurnMs,
    gossipP99Ms: [p99(before.gossipMs), p99([...during.gossipMs, ...after.gossipMs])],
    requestP99Ms: [p99(before.requestMs), p99(during.requestMs)],
    heights: [before.heights / (quiet.ms / 1_000), during.heights / (cost.ms / 1_000)],
    codes: [...cost.codes]
      .filter(([code]) => code !== 'ok')
      .slice(0, 4)
      .map(([code, by]) => `${code} ${by}`),
    broken,
  }
}

const p99 = (values: readonly number[]): number =>
  values.length === 0 ? Number.NaN : values.toSorted((a, b) => a - b)[Math.floor(0.99 * (values.length - 1))]!

export const lineOf = (figures: AttackFigures): string =>
  [
    `${figures.attack}: ${figures.sent} sent`,
    `${figures.cuts} cut, slowest ${Math.round(figures.slowestCutMs)} ms`,
    `limits ${figures.limited.join(' ') || 'none'}`,
    `judged ${figures.codes.join(' ') || 'nothing'}`,
    `${figures.cpuUsPerMessage.toFixed(0)} us CPU each`,
    `${Math.round(figures.rssMiB)} MiB`,
    `turn ${Math.round(figures.longestTurnMs)} ms${figures.longestTurnMs > TURN_MS ? ' (!)' : ''}`,
    `gossip p99 ${figures.gossipP99Ms.map((ms) => Math.round(ms)).join(' to ')} ms`,
    `request p99 ${figures.requestP99Ms.map((ms) => Math.round(ms)).join(' to ')} ms`,
    `heights a second ${figures.heights.map((rate) => rate.toFixed(1)).join(' to ')}`,
    ...(figures.broken.length > 0 ? [`BROKEN: ${figures.broken.join('; ')}`] : []),
  ].join(', ')

// ---- processes ----

const codeOf = (counter: string): string | undefined =>
  /^weft_network_(?:gossip_verdicts|penalties)_total\{.*?code="([\w-]+)"\}$/.exec(counter)?.[1]

const limitOf = (counter: string): string | undefined =>
  /^weft_network_limited_total\{limit="(\w+)"\}$/.exec(counter)?.[1]

interface Since {
  readonly ms: number
  readonly cpuMs: number
  readonly rssMiB: number
  readonly longestTurnMs: number
  /** Limits that were met. */
  readonly limited: ReadonlySet<string>
  /** What was judged of gossip and held against peers, by code. */
  readonly codes: ReadonlyMap<string, number>
}

interface Victim {
  readonly address: string
  readonly peerId: string
  last(): VictimReport
  mark(): number
  /** When it last was that none of these limits had been met since then, as far as reports tell. */
  metSince(limits: readonly string[], atMs: number): number | undefined
  since(mark: number): Since
  /** Resolves when its process is gone, and with it what it writes. */
  stop(): Promise<void>
}

const startVictim = async (init: VictimInit): Promise<Victim> => {
  // As the command starts a node.
  const execArgv = [...process.execArgv, '--max-semi-space-size=4']
  const child = fork(fileURLToPath(new URL('./hostile/victim.ts', import.meta.url)), { execArgv })
  const reports: { readonly atMs: number; readonly report: VictimReport }[] = []
  const ready = new Promise<{ readonly address: string; readonly peerId: string }>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the victim ended with ${code}`)))
    child.on('message', (message: VictimMessage) => {
      if (message.type === 'ready') resolve(message)
      else reports.push({ atMs: Date.now(), report: message })
    })
  })
  child.send(init)
  const { address, peerId } = await ready
  while (reports.length === 0) await sleep(50)
  return {
    address,
    peerId,
    last: () => reports.at(-1)!.report,
    mark: () => reports.length - 1,
    metSince(limits, atMs) {
      const met = ({ counters }: VictimReport) =>
        limits.reduce(
          (sum, limit) => sum + (counters[`weft_network_limited_total{limit="${limit}"}`] ?? 0),
          0,
        )
      const before = reports.findLastIndex((entry) => entry.atMs <= atMs)
      const first = reports.findIndex(
        (entry, i) => i > before && met(entry.report) > met(reports[before]!.report),
      )
      return first < 1 ? undefined : reports[first - 1]!.atMs
    },
    since(mark) {
      const first = reports[mark]!
      const last = reports.at(-1)!
      const window = reports.slice(mark + 1).map(({ report }) => report)
      const codes = Object.entries(last.report.counters).flatMap(([counter, value]): [string, number][] => {
        const code = codeOf(counter)
        const by = value - (first.report.counters[counter] ?? 0)
        return code !== undefined && by > 0 ? [[code, by]] : []
      })
      const limited = Object.entries(last.report.counters).flatMap(([counter, value]) => {
        const limit = limitOf(counter)
        return limit !== undefined && value > (first.report.counters[counter] ?? 0) ? [limit] : []
      })
      return {
        ms: last.atMs - first.atMs,
        cpuMs: last.report.cpuMs - first.report.cpuMs,
        rssMiB: Math.max(...window.map(({ rssBytes }) => rssBytes)) / 2 ** 20,
        longestTurnMs: Math.max(...window.map(({ longestTurnMs }) => longestTurnMs)),
        limited: new Set(limited),
        codes: new Map(codes.toSorted((a, b) => b[1] - a[1])),
      }
    },
    stop: () => end(child),
  }
}

const runAttacker = (call: AttackCall): Promise<AttackReport> =>
  new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('./hostile/attacker.ts', import.meta.url)))
    const timer = setTimeout(() => void end(child), call.forMs + 60_000)
    let report: AttackReport | undefined
    child.on('message', (message: AttackReport) => {
      report = message
    })
    child.once('exit', (code) => {
      clearTimeout(timer)
      if (report === undefined) reject(new Error(`the attacker of ${call.attack} ended with ${code}`))
      else resolve(report)
    })
    child.send(call)
  })

const end = (child: ChildProcess): Promise<void> => {
  const isGone = child.exitCode !== null || child.signalCode !== null
  if (child.connected) child.disconnect()
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
  return new Promise((resolve) => {
    const leave = () => {
      clearTimeout(timer)
      resolve()
    }
    if (isGone) leave()
    else child.once('exit', leave)
  })
}
