import test from 'ava'
import { createChronicle } from '../../../src/cli/devnet/chronicle.ts'
import { createClaims } from '../../../src/cli/devnet/claims.ts'
import { describe } from '../../../src/cli/devnet/narrator.ts'
import { wrap } from '../../../src/cli/devnet/screen.ts'

const root = 'ab'.repeat(32)
const header = { type: 'header', height: 5, root, proposer: 1, rowCount: 3, bands: 2 } as const

test('a block is recorded once, whoever tells of it', (t) => {
  const chronicle = createChronicle()
  chronicle.add('a', header)
  chronicle.add('b', header)
  t.is(chronicle.blocks().length, 1)
  t.is(chronicle.block(root)?.height, 5)
})

test('the largest certificate counts, and nil is of the height', (t) => {
  const chronicle = createChronicle()
  chronicle.add('a', header)
  for (const signers of [3, 4, 3]) {
    chronicle.add('a', { type: 'certificate', kind: 'notarise', height: 5, root, signers })
  }
  chronicle.add('a', { type: 'certificate', kind: 'nil', height: 6, root: '00'.repeat(32), signers: 3 })
  t.is(chronicle.block(root)?.certificates.get('notarise'), 4)
  t.false(chronicle.block(root)?.certificates.has('finalize'))
  t.true(chronicle.hasNil(6))
  t.false(chronicle.hasNil(5))
})

test('events of blocks that nobody announced change nothing', (t) => {
  const chronicle = createChronicle()
  chronicle.add('a', { type: 'column', height: 5, root, index: 1, have: 1 })
  t.is(chronicle.block(root), undefined)
})

test('waiting ends with what was waited for, or with the reason why not', async (t) => {
  const chronicle = createChronicle()
  const end = new AbortController()
  const found = chronicle.until(() => chronicle.block(root)?.height, end.signal)
  const never = chronicle.until(() => undefined, end.signal)
  chronicle.add('a', header)
  t.is(await found, 5)
  end.abort(new Error('enough'))
  await t.throwsAsync(never, { message: 'enough' })
  await t.throwsAsync(
    chronicle.until(() => 1, end.signal),
    { message: 'enough' },
  )
})

test('the newest final height of a node never goes back', (t) => {
  const chronicle = createChronicle()
  t.is(chronicle.finalHeight('a'), 0)
  chronicle.add('a', { type: 'final', height: 7, root, blobs: [] })
  chronicle.add('a', { type: 'final', height: 6, root, blobs: [] })
  t.is(chronicle.finalHeight('a'), 7)
  t.is(chronicle.finalHeight('b'), 0)
})

test('a run is only well if every claim was seen to hold', (t) => {
  const claims = createClaims()
  t.false(claims.ok)
  t.true(claims.all().every(({ ok, reason }) => !ok && reason !== undefined))
  for (const name of [
    'certified',
    'sampled',
    'readBack',
    'goesOn',
    'refused',
    'uncertified',
    'passed',
  ] as const) {
    claims.held(name)
  }
  t.false(claims.ok)
  claims.held('ended')
  t.true(claims.ok)
  claims.failed('sampled', 'it did not')
  claims.held('sampled')
  t.false(claims.ok)
  t.is(claims.all().find(({ ok }) => !ok)?.reason, 'it did not')
})

test('words are for blocks that carry something, and for heights without one', (t) => {
  const chronicle = createChronicle()
  chronicle.add('a', header)
  const block = chronicle.block(root)
  t.is(describe('light-1', header, block), 'validator-2 proposes block 5: 3 rows in 2 bands')
  t.is(describe('a', header, { ...block!, rowCount: 0 }), undefined)
  t.regex(
    describe('a', { type: 'certificate', kind: 'nil', height: 6, root: '', signers: 3 }, undefined) ?? '',
    /height 6 goes by without a block/,
  )
})

test('text is broken at spaces and nothing is lost', (t) => {
  t.deepEqual(wrap('one two three', 7), ['one two', 'three'])
  t.deepEqual(wrap('unbreakable', 4), ['unbreakable'])
  t.deepEqual(wrap('', 4), [''])
})
