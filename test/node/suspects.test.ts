// Finding the blob that cannot be encoded among many.

import test from 'ava'
import { createSuspects } from '../../src/node/suspects.ts'

const ids = Array.from({ length: 100 }, (_, i) => `blob-${i}`)

/** Encodes as a leader would, turn by turn, until one is condemned; `bad` makes every list fail that it is in. */
const run = (bad: string, turns = 100) => {
  const suspects = createSuspects()
  const done = new Set<string>()
  let condemned: string | undefined
  let turn = 0
  for (; turn < turns && condemned === undefined; turn++) {
    const { group, others } = suspects.next()
    const tried = ids.filter((id) => !done.has(id) && (group === undefined ? !others.has(id) : group.has(id)))
    if (tried.includes(bad)) condemned = suspects.failed(tried)
    else {
      suspects.passed(tried)
      for (const id of tried) done.add(id)
    }
  }
  return { condemned, turn, done }
}

test('one bad blob of a hundred is condemned within some turns, and nobody else', (t) => {
  for (const bad of ['blob-0', 'blob-41', 'blob-99']) {
    const { condemned, turn } = run(bad)
    t.is(condemned, bad)
    t.true(turn < 40, `${turn} turns`)
  }
})

test("a failure that was the machine's condemns nobody", (t) => {
  const suspects = createSuspects()
  t.is(suspects.failed(ids), undefined)
  for (let turn = 0; turn < 20; turn++) {
    const { group } = suspects.next()
    if (group !== undefined) suspects.passed([...group])
  }
  t.deepEqual(suspects.next(), { group: undefined, others: new Set() })
  // And one that failed alone, once, and then passed, begins anew.
  t.is(suspects.failed(['blob-1']), undefined)
  suspects.passed(['blob-1'])
  t.is(suspects.failed(['blob-1']), undefined)
})

test("while some are under suspicion every other turn is everybody else's", (t) => {
  const suspects = createSuspects()
  suspects.failed(['a', 'b'])
  const turns = Array.from({ length: 6 }, () => suspects.next().group === undefined)
  t.is(turns.filter(Boolean).length, 3)
})
