import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { equal } from '../../src/base/bytes.ts'
import { hasCode } from '../../src/base/error.ts'
import type { SigningRecord } from '../../src/chain/ports.ts'
import { contradiction } from '../../src/store/signing.ts'
import { collect, openStore, rootOf, temporaryFolder } from './helpers.ts'

const A = rootOf(1)
const B = rootOf(2)

const contradictions: readonly [string, SigningRecord, SigningRecord][] = [
  ['a second notarise', { height: 5, nil: false, notarised: A }, { height: 5, nil: false, notarised: B }],
  ['notarise taken back', { height: 5, nil: false, notarised: A }, { height: 5, nil: true }],
  ['nil taken back', { height: 5, nil: true }, { height: 5, nil: false, notarised: A }],
  [
    'finalize after nil',
    { height: 5, nil: true, notarised: A },
    { height: 5, nil: true, notarised: A, finalized: A },
  ],
  [
    'nil after finalize',
    { height: 5, nil: false, notarised: A, finalized: A },
    { height: 5, nil: true, notarised: A, finalized: A },
  ],
  [
    'finalize for another block',
    { height: 5, nil: false, notarised: A },
    { height: 5, nil: false, notarised: A, finalized: B },
  ],
  ['a second proposal', { height: 5, nil: false, proposed: A }, { height: 5, nil: false, proposed: B }],
]

test('a record that contradicts what was signed is refused and the old one stays', async (t) => {
  for (const [name, old, record] of contradictions) {
    const store = await openStore(t)
    await store.putSigningRecord(old)
    const error = await t.throwsAsync(store.putSigningRecord(record), undefined, name)
    t.true(hasCode(error, 'contradicting-signature'), name)
    t.deepEqual(await store.getSigningRecord(5), old, name)
  }
})

test('finalize without notarise is refused also where nothing was signed before', async (t) => {
  const store = await openStore(t)
  const error = await t.throwsAsync(store.putSigningRecord({ height: 1, nil: false, finalized: A }))
  t.true(hasCode(error, 'contradicting-signature'))
})

test('a height goes from proposal through notarise to finalize, or to nil', async (t) => {
  const store = await openStore(t)
  const steps: SigningRecord[] = [
    { height: 3, nil: false, proposed: A },
    { height: 3, nil: false, proposed: A, notarised: A },
    { height: 3, nil: false, proposed: A, notarised: A, finalized: A },
    { height: 4, nil: false, notarised: B },
    { height: 4, nil: true, notarised: B },
  ]
  for (const step of steps) await store.putSigningRecord(step)
  t.deepEqual(await collect(store.signingRecords(0)), [steps[2]!, steps[4]!])
  t.deepEqual(await collect(store.signingRecords(4)), [steps[4]!])
})

test('of contradicting records put at the same moment exactly one is written', async (t) => {
  const store = await openStore(t)
  const roots = Array.from({ length: 20 }, (_, i) => rootOf(i))
  const outcomes = await Promise.allSettled(
    roots.map((notarised) => store.putSigningRecord({ height: 8, nil: false, notarised })),
  )
  const winners = roots.filter((_, i) => outcomes[i]!.status === 'fulfilled')
  t.is(winners.length, 1)
  t.deepEqual((await store.getSigningRecord(8))?.notarised, winners[0])
})

test('whatever is asked in whatever order, the accepted records never contradict each other', (t) => {
  const root = fc.option(fc.constantFrom(A, B), { nil: undefined })
  const record = fc.record({ notarised: root, finalized: root, proposed: root, nil: fc.boolean() }).map(
    ({ notarised, finalized, proposed, nil }): SigningRecord => ({
      height: 1,
      nil,
      ...(notarised && { notarised }),
      ...(finalized && { finalized }),
      ...(proposed && { proposed }),
    }),
  )
  fc.assert(
    fc.property(fc.array(record, { maxLength: 12 }), (records) => {
      // What left the validator: the union of all that was accepted.
      const signed = { notarised: [] as Uint8Array[], finalized: [] as Uint8Array[], nil: false }
      let current: SigningRecord | undefined
      for (const each of records) {
        if (contradiction(current, each) !== undefined) continue
        current = each
        if (each.notarised) signed.notarised.push(each.notarised)
        if (each.finalized) signed.finalized.push(each.finalized)
        signed.nil ||= each.nil
      }
      const one = (roots: Uint8Array[]) => roots.every((each) => equal(each, roots[0]!))
      return one(signed.notarised) && one(signed.finalized) && !(signed.nil && signed.finalized.length > 0)
    }),
    { numRuns: 500, seed: 2 },
  )
  t.pass()
})

test('what one copy of the signing records lost, the other still refuses to contradict', async (t) => {
  const location = await temporaryFolder(t)
  const signingLocation = await temporaryFolder(t)
  const store = await openStore(t, { location, signingLocation })
  await store.putSigningRecord({ height: 5, nil: false, notarised: A })
  await store.close()
  // The main database is lost altogether, as a restored backup or a truncated log would lose its end.
  const other = await openStore(t, { location: await temporaryFolder(t), signingLocation })
  t.deepEqual((await other.getSigningRecord(5))?.notarised, A)
  const error = await t.throwsAsync(other.putSigningRecord({ height: 5, nil: false, notarised: B }))
  t.true(hasCode(error, 'contradicting-signature'))
  t.deepEqual(
    (await collect(other.signingRecords(0))).map(({ height }) => height),
    [5],
  )
})

test('nothing new is recorded below the floor, which only rises and survives a restart', async (t) => {
  const folder = await temporaryFolder(t)
  const location = join(folder, 'db')
  const signingLocation = join(folder, 'signing')
  const store = await openStore(t, { location, signingLocation })
  const old: SigningRecord = { height: 5, nil: false, notarised: A }
  await store.putSigningRecord(old)
  await store.raiseSigningFloor(8)
  await store.raiseSigningFloor(6)
  t.is(await store.signingFloor(), 8)
  await store.close()
  const again = await openStore(t, { location, signingLocation })
  t.is(await again.signingFloor(), 8)
  await t.notThrowsAsync(again.putSigningRecord(old))
  for (const record of [
    { ...old, finalized: A },
    { height: 7, nil: true },
  ]) {
    const error = await t.throwsAsync(again.putSigningRecord(record))
    t.true(hasCode(error, 'below-signing-floor'))
  }
  await t.notThrowsAsync(again.putSigningRecord({ height: 8, nil: true }))
})
