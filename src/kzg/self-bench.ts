// Our own part of the bench, for a user's machine with no rivals installed: the operations of the port on one thread,
// warm, medians. `npm run bench` in the repository measures the same beside other libraries.

import { createKernelKzg, type KzgOptions } from './backends/kernels.ts'

export interface SelfBenchFigure {
  readonly op: string
  readonly impl: string
  /** Median of one call and half the distance between the quartiles, ms. */
  readonly ms: number
  readonly spread: number
}

export interface SelfBenchOptions extends Pick<KzgOptions, 'kind'> {
  /** Calls that count, after as many that do not, at most 10. Default: 15. */
  readonly rounds?: number
  /** Told about each figure as it is known. */
  readonly onFigure?: (figure: SelfBenchFigure) => void
  readonly signal?: AbortSignal
}

/** Measures; takes 5 to 10 s. Rejects with the signal's reason between two operations. */
export const benchKzg = async ({
  kind,
  rounds = 15,
  onFigure = () => {},
  signal,
}: SelfBenchOptions = {}): Promise<readonly SelfBenchFigure[]> => {
  const started = performance.now()
  const kzg = await createKernelKzg(kind === undefined ? {} : { kind })
  const impl = `weft (${kzg.kind})`
  const figures: SelfBenchFigure[] = []
  const report = (figure: SelfBenchFigure): void => {
    figures.push(figure)
    onFigure(figure)
  }
  report({ op: 'load: ready to prove', impl, ms: performance.now() - started, spread: 0 })
  const blob = makeBlob()
  const commitment = kzg.blobToKzgCommitment(blob)
  const proof = kzg.computeBlobKzgProof(blob, commitment)
  const [cells, proofs] = kzg.computeCellsAndKzgProofs(blob)
  const all = cells.map((_, i) => i)
  const half = all.filter((i) => i % 2 === 1)
  const given = half.map((i) => cells[i]!)
  const operations: Readonly<Record<string, () => unknown>> = {
    'blob to commitment': () => kzg.blobToKzgCommitment(blob),
    cells: () => kzg.computeCells(blob),
    'cells and proofs': () => kzg.computeCellsAndKzgProofs(blob),
    'recover 64 of 128, cells alone': () => kzg.recoverCells(half, given),
    'recover 64 of 128, with proofs': () => kzg.recoverCellsAndKzgProofs(half, given),
    'verify one cell': () => kzg.verifyCellKzgProofBatch([commitment], [77], [cells[77]!], [proofs[77]!]),
    'verify 128 cells of one blob': () =>
      kzg.verifyCellKzgProofBatch(
        all.map(() => commitment),
        all,
        cells,
        proofs,
      ),
    'blob proof': () => kzg.computeBlobKzgProof(blob, commitment),
    'verify blob proof': () => kzg.verifyBlobKzgProof(blob, commitment, proof),
  }
  for (const [op, run] of Object.entries(operations)) {
    signal?.throwIfAborted()
    report({ op, impl, ...measure(run, rounds) })
    // Lets others have the thread.
    await new Promise((resolve) => setTimeout(resolve))
  }
  return figures
}

const measure = (run: () => unknown, rounds: number): { readonly ms: number; readonly spread: number } => {
  for (let i = 0; i < Math.min(rounds, 10); i++) run()
  const times = Array.from({ length: rounds }, () => {
    const started = performance.now()
    run()
    return performance.now() - started
  }).sort((a, b) => a - b)
  const at = (share: number): number => times[Math.round(share * (times.length - 1))]!
  return { ms: at(0.5), spread: (at(0.75) - at(0.25)) / 2 }
}

/** Random canonical elements. */
const makeBlob = (): Uint8Array => {
  const blob = new Uint8Array(131_072)
  for (let at = 0; at < blob.length; at += 65_536) crypto.getRandomValues(blob.subarray(at, at + 65_536))
  for (let at = 0; at < blob.length; at += 32) blob[at]! &= 0x3f
  return blob
}
