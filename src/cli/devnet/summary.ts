// The tables at the end of a devnet run.

import type { Claim } from './claims.ts'
import { drawTable, showBytes } from './draw-table.ts'
import type { Findings } from './report.ts'

export const drawSummary = (
  findings: Findings,
  claims: readonly Claim[],
  colour: boolean,
): readonly string[] => [
  '',
  ...drawTable(
    ['rollup', 'file', 'size', 'block', 'rows', 'signed by', 'light nodes', 'read back'],
    findings.blocks.flatMap((block) =>
      block.blobs.map(({ blobId, namespace, file, length }) => {
        const light = findings.light.filter(({ root }) => root === block.root)
        const available = light.filter(({ verdict }) => verdict === 'available').length
        const read = findings.readBack.find((one) => one.blobId === blobId)
        return [
          namespace,
          file,
          showBytes(length),
          String(block.height),
          String(block.rowCount),
          `${block.signers} of 4`,
          light.length === 0 ? '-' : `${available} of ${light.length} available`,
          read === undefined ? '-' : read.equal ? `equal, ${(read.ms / 1000).toFixed(1)} s` : 'DIFFERENT',
        ]
      }),
    ),
    ['left', 'left', 'right', 'right', 'right', 'right', 'left', 'left'],
  ),
  ...withheldRow(findings),
  '',
  ...claims.map((claim) => claimLine(claim, colour)),
]

const withheldRow = ({ withheld }: Findings): readonly string[] => {
  if (withheld === undefined) return []
  const refused = withheld.light.filter(({ verdict }) => verdict === 'unavailable').length
  return [
    `withheld  block ${withheld.height}: ${withheld.columnsOut} columns out, ${withheld.columnsToRestore} needed; ${refused} of ${withheld.light.length} light nodes refused it; certified: ${withheld.notariseCertificate || withheld.finalizeCertificate ? 'YES' : 'never'}`,
  ]
}

const claimLine = ({ claim, ok, reason }: Claim, colour: boolean): string => {
  const mark = ok ? 'ok    ' : 'FAILED'
  const painted = colour ? `\u001b[${ok ? 32 : 31}m${mark}\u001b[0m` : mark
  return `${painted}  ${claim}${reason === undefined ? '' : `: ${reason}`}`
}
