import test from 'ava'
import { lastJson, weft } from './support.ts'

test('bench measures every operation and prints one object for programs', async (t) => {
  t.timeout(120_000)
  const ended = await weft(['bench', '--json'])
  t.is(ended.code, 0, ended.stderr)
  const { ok, machine, results } = lastJson(ended) as {
    ok: boolean
    machine: { node: string }
    results: readonly { op: string; ms: number }[]
  }
  t.true(ok)
  t.is(machine.node, process.versions.node)
  for (const op of [
    'blob to commitment',
    'cells',
    'cells and proofs',
    'verify one cell',
    'verify blob proof',
  ]) {
    t.true(
      results.some((figure) => figure.op === op && figure.ms > 0),
      op,
    )
  }
})
