// The devnet from beginning to end: sources, processes, six steps, tables, and every process ended however it went.

import { join } from 'node:path'
import { anySignal } from '../../base/deadline.ts'
import { messageOf } from '../../base/error.ts'
import { maxBlobBytes } from '../../node/mempool.ts'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../failure.ts'
import type { OptionsOf } from '../options/command-options.ts'
import { onShutdown } from '../shutdown.ts'
import { createChronicle } from './chronicle.ts'
import { createClaims } from './claims.ts'
import { narrate } from './narrator.ts'
import { createDevnet, devnetGenesis } from './network.ts'
import type { Findings, Report } from './report.ts'
import { createScreen } from './screen.ts'
import { givenSources, usualSources } from './sources.ts'
import type { Stage } from './stage.ts'
import { publishBlobs } from './steps/publish-blobs.ts'
import { readBack } from './steps/read-back.ts'
import { sampleBlocks } from './steps/sample-blocks.ts'
import { startNetwork } from './steps/start-network.ts'
import { stopValidator } from './steps/stop-validator.ts'
import { withholdBlock } from './steps/withhold-block.ts'
import { drawSummary } from './summary.ts'

/** Folder of the program: the same number of steps up from the source and from what is built. */
const PROGRAM = join(import.meta.dirname, '..', '..', '..')

export const runDevnet = async (
  { file, keep, kzg, logLevel, json }: OptionsOf<'devnet'>,
  { terminal, host }: Context,
): Promise<ExitCode> => {
  const startedMs = Date.now()
  const sources =
    file.length > 0 ? givenSources(file, maxBlobBytes(devnetGenesis.maxRows)) : usualSources(PROGRAM)
  const shutdown = onShutdown(host)
  const chronicle = createChronicle()
  const claims = createClaims()
  const findings: Findings = { blocks: [], light: [], readBack: [] }
  const screen = createScreen(terminal, json)
  screen.lines([
    'weft devnet: a network on this machine that makes data available, and lets anybody check that it is.',
  ])
  const devnet = await createDevnet({ kzg, keep, logLevel, environment: host.env }, chronicle)
  const signal = anySignal([shutdown.signal, devnet.crashed])
  const stage: Stage = { devnet, chronicle, screen, claims, findings, signal, sources }
  const endNarration = narrate(chronicle, screen)
  let failure: string | undefined
  try {
    await startNetwork(stage)
    const blobs = await publishBlobs(stage)
    await sampleBlocks(stage)
    await readBack(stage, blobs)
    await stopValidator(stage)
    await withholdBlock(stage)
  } catch (error) {
    failure = devnet.crashed.aborted ? messageOf(devnet.crashed.reason) : messageOf(error)
  }
  endNarration()
  const codes = await devnet.close()
  const disorderly = codes.filter(({ code }) => code !== 0)
  if (disorderly.length === 0) claims.held('ended')
  for (const { name, code } of disorderly)
    claims.failed('ended', `${name} ended with exit code ${code ?? 'none'}`)
  shutdown.dispose()

  const interrupted = shutdown.signal.aborted
  const report: Report = {
    ok: claims.ok,
    blocks: findings.blocks,
    light: findings.light,
    readBack: findings.readBack,
    withheld: findings.withheld ?? {},
    claims: claims.all(),
    ms: Date.now() - startedMs,
    ...(keep && { folder: devnet.folder }),
  }
  if (failure !== undefined && !claims.ok) terminal.err(`weft: ${interrupted ? 'interrupted' : failure}`)
  screen.lines(drawSummary(findings, report.claims, terminal.colour))
  screen.lines([
    '',
    `${report.ok ? 'All of it held' : 'Not all of it held'}, in ${(report.ms / 1000).toFixed(1)} s.${keep ? ` Everything is kept in ${devnet.folder}.` : ''}`,
  ])
  if (json) terminal.out(JSON.stringify(report))
  if (interrupted) return EXIT.interrupted
  return report.ok ? EXIT.ok : EXIT.claim
}
