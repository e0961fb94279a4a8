import test from 'ava'
import { benchKzg } from '../../src/kzg/self-bench.ts'

test('the bench without rivals measures every operation', async (t) => {
  const seen: string[] = []
  const figures = await benchKzg({ rounds: 1, onFigure: ({ op }) => seen.push(op) })
  t.deepEqual(
    figures.map(({ op }) => op),
    seen,
  )
  t.is(figures.length, 10)
  for (const { ms, op } of figures) t.true(ms > 0, op)
})

test('it stops when told to', async (t) => {
  await t.throwsAsync(benchKzg({ rounds: 1, signal: AbortSignal.abort(new Error('enough')) }), {
    message: 'enough',
  })
})
