import test from 'ava'
import fc from 'fast-check'
import type { SigningRecord } from '../../../src/chain/ports.ts'
import {
  exportSigning,
  importSigning,
  readSigning,
  writeSigning,
} from '../../../src/cli/keys/signing-file.ts'
import { openStore, rootOf } from '../../store/helpers.ts'

const identity = { chainId: rootOf(1), publicKey: new Uint8Array(48).fill(7) }
const A = rootOf(2)
const B = rootOf(3)

const record = (height: number): fc.Arbitrary<SigningRecord> =>
  fc.constantFrom<SigningRecord>(
    { height, nil: true },
    { height, nil: false, notarised: A },
    { height, nil: true, notarised: B, proposed: B },
    { height, nil: false, notarised: A, finalized: A },
  )

test('a record goes out as text and comes back the same', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(1_000), { maxLength: 12 }).chain((heights) => fc.tuple(...heights.map(record))),
      fc.nat(),
      async (records, floor) => {
        const file = { ...identity, floor, records }
        t.deepEqual(readSigning(writeSigning(file), 'x'), file)
      },
    ),
    { numRuns: 50 },
  )
})

test('after an import nothing is signed anew where the other database may have signed', async (t) => {
  const old = await openStore(t)
  for (const height of [3, 4, 9]) await old.putSigningRecord({ height, nil: false, notarised: A })
  const file = await exportSigning(old, identity)
  t.is(file.floor, 10)

  const store = await openStore(t)
  await importSigning(store, readSigning(writeSigning(file), 'x'))
  t.deepEqual(await store.getSigningRecord(4), { height: 4, nil: false, notarised: A })
  // Height 1 was pruned there, perhaps: it is not signed here.
  for (const height of [1, 4, 9]) {
    await t.throwsAsync(store.putSigningRecord({ height, nil: true, notarised: A }), {
      code: 'below-signing-floor',
    })
  }
  await t.notThrowsAsync(store.putSigningRecord({ height: 10, nil: true }))
  // Again is no harm, and what contradicts is refused.
  const back = await exportSigning(store, identity)
  t.is(back.floor, 11)
  const other = await openStore(t)
  await other.putSigningRecord({ height: 4, nil: false, notarised: B })
  await t.throwsAsync(importSigning(other, file), { code: 'contradicting-signature' })
})

test('a file that is none is refused in a sentence', (t) => {
  const good = writeSigning({ ...identity, floor: 1, records: [{ height: 0, nil: true }] })
  const broken = [
    '',
    'null',
    '{}',
    good.replace('"version":1', '"version":2'),
    good.replace(/"floor":1/, '"floor":-1'),
    good.replace('"nil":true', '"nil":1'),
    good.replace('"nil":true', '"nil":true,"notarised":"0x12"'),
    good.replace('"nil":true', '"nil":true,"signed":true'),
    good.replace(/"chainId":"0x.{4}/, '"chainId":"0x'),
  ]
  for (const text of broken) t.throws(() => readSigning(text, 'x'), { code: 'usage' }, text)
  t.notThrows(() => readSigning(good, 'x'))
})
