// weft bench: how fast this machine computes commitments and proofs, with no other library installed.

import { cpus } from 'node:os'
import { benchKzg, type SelfBenchFigure } from '../../kzg/self-bench.ts'
import type { Command } from '../context.ts'
import { EXIT } from '../failure.ts'
import { onShutdown } from '../shutdown.ts'

export const bench: Command<'bench'> = async ({ json }, _args, { terminal, host }) => {
  const shutdown = onShutdown(host)
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.versions.node }
  const say = (line: string) => {
    if (!json) terminal.out(line)
  }
  say(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; one thread, warm, medians`)
  try {
    const results = await benchKzg({ signal: shutdown.signal, onFigure: (figure) => say(lineOf(figure)) })
    if (json) terminal.out(JSON.stringify({ ok: true, machine, results }))
    return EXIT.ok
  } catch (error) {
    if (shutdown.signal.aborted) return EXIT.interrupted
    throw error
  } finally {
    shutdown.dispose()
  }
}

/** One figure for a person. */
export const lineOf = ({ op, impl, ms, spread }: SelfBenchFigure): string =>
  `${op.padEnd(34)} ${ms.toFixed(2).padStart(9)} ms  +- ${spread.toFixed(2).padEnd(7)} ${impl}`
