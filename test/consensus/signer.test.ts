import test from 'ava'
import fc from 'fast-check'
import { createNobleBls } from '../../src/chain/bls-noble.ts'
import type { SigningRecord } from '../../src/chain/ports.ts'
import { headerSigningRoot, KIND, voteSigningRoot, ZERO_ROOT } from '../../src/chain/signing.ts'
import { areExclusive } from '../../src/chain/vote-rules.ts'
import { mayFollow, votesOf } from '../../src/consensus/record.ts'
import { createSigner } from '../../src/consensus/signer.ts'
import type { VoteIntent } from '../../src/consensus/types.ts'
import { root } from './support.ts'

const bls = createNobleBls()
const secretKey = new Uint8Array(32).fill(1)
const publicKey = bls.publicKeyOf(secretKey)
const chain = { chainId: root(7) }

/** A store in memory that counts, and fails on command. */
const createStore = () => {
  const records = new Map<number, SigningRecord>()
  const store = {
    records,
    fails: false,
    floor: 0,
    signingFloor: async () => store.floor,
    getSigningRecord: async (height: number) => records.get(height),
    putSigningRecord: async (record: SigningRecord) => {
      if (store.fails) throw new Error('disk full')
      records.set(record.height, record)
    },
  }
  return store
}
const create = (store = createStore(), sign = bls.sign) => ({
  store,
  signer: createSigner({ chain, validator: 3, secretKey }, { store, bls: { sign } }),
})

const notarised: SigningRecord = { height: 5, nil: false, notarised: root(1) }
const notarise = { kind: KIND.notarise, height: 5, root: root(1) } as const
const nil = { kind: KIND.nil, height: 5, root: ZERO_ROOT } as const
const finalize = { kind: KIND.finalize, height: 5, root: root(1) } as const

test('a vote is signed after its record is stored, by the validator’s key', async (t) => {
  const { signer, store } = create()
  const [vote] = (await signer.sign(notarised, [notarise])) ?? []
  t.deepEqual(store.records.get(5), notarised)
  t.is(vote?.validator, 3)
  t.true(bls.verify(voteSigningRoot(chain.chainId, notarise), publicKey, vote!.signature))
})

test('the key is not used below the floor of the record, and what was signed there is still sent again', async (t) => {
  const store = createStore()
  const { signer } = create(store)
  const before = await signer.sign(notarised, [notarise])
  store.floor = 6
  const { signer: later } = create(store, () => t.fail('used the key') as never)
  t.is(await later.sign({ ...notarised, nil: true }, [nil]), undefined)
  t.deepEqual(store.records.get(5), notarised)
  t.deepEqual(await signer.sign(undefined, [notarise]), before)
  // The machine believes that its nil left: sending it again is no fault, and signs nothing.
  t.deepEqual(await later.sign(undefined, [nil]), [])
})

test('the key is not used when the record cannot be stored', async (t) => {
  const store = createStore()
  store.fails = true
  const { signer } = create(store, () => t.fail('used the key') as never)
  await t.throwsAsync(signer.sign(notarised, [notarise]), { message: 'disk full' })
})

test('the key is not used for what no record stands for', async (t) => {
  const { signer } = create(createStore(), () => t.fail('used the key') as never)
  for (const vote of [nil, finalize, { ...notarise, root: root(2) }, { ...notarise, height: 6 }])
    await t.throwsAsync(signer.sign(notarised, [vote]), { code: 'vote-not-recorded' })
  await t.throwsAsync(signer.sign(undefined, [nil]), { code: 'vote-not-recorded' })
})

test('the key is not used against what is on disk, whatever the machine says', async (t) => {
  const contradictions: readonly [SigningRecord, SigningRecord][] = [
    [notarised, { height: 5, nil: false, notarised: root(2) }],
    [notarised, { height: 5, nil: true }],
    [
      { ...notarised, nil: true },
      { ...notarised, nil: true, finalized: root(1) },
    ],
    [
      { ...notarised, finalized: root(1) },
      { ...notarised, finalized: root(1), nil: true },
    ],
    [
      { height: 5, nil: true },
      { height: 5, nil: false, notarised: root(1) },
    ],
    [
      { ...notarised, proposed: root(1) },
      { height: 5, nil: false, notarised: root(1), proposed: root(2) },
    ],
    [
      { height: 5, nil: false },
      { height: 5, nil: false, finalized: root(1) },
    ],
    [
      { height: 5, nil: false },
      { height: 5, nil: false, notarised: root(1), proposed: root(2) },
    ],
  ]
  for (const [before, after] of contradictions) {
    const { signer, store } = create(createStore(), () => t.fail('used the key') as never)
    store.records.set(5, before)
    await t.throwsAsync(signer.sign(after, votesOf(after)), { code: 'contradicting-record' })
    t.is(store.records.get(5), before)
  }
})

test('what is on disk is signed again, with the same bytes', async (t) => {
  const { signer } = create()
  const record = { ...notarised, nil: true }
  const first = await signer.sign(record, [notarise, nil])
  t.deepEqual(await signer.sign(undefined, [notarise, nil]), first)
  t.deepEqual(await signer.sign(record, [notarise, nil]), first)
})

test('a header is signed in its own domain, and a second one of its height is not', (t) => {
  const { signer } = create()
  const signature = signer.signHeader(5, root(1))
  t.true(bls.verify(headerSigningRoot(chain.chainId, 5, root(1)), publicKey, signature))
  t.deepEqual(signer.signHeader(5, root(1)), signature)
  t.throws(() => signer.signHeader(5, root(2)), { code: 'contradicting-record' })
  t.notThrows(() => signer.signHeader(6, root(2)))
})

test('no chain of records that may follow each other stands for votes that exclude each other', (t) => {
  const maybeRoot = fc.option(fc.integer({ min: 1, max: 2 }).map(root), { nil: undefined })
  const anyRecord = fc
    .record({ nil: fc.boolean(), notarised: maybeRoot, finalized: maybeRoot, proposed: maybeRoot })
    .map(({ nil: isNil, ...roots }) => ({
      height: 5,
      nil: isNil,
      ...Object.fromEntries(Object.entries(roots).filter(([, value]) => value !== undefined)),
    })) as fc.Arbitrary<SigningRecord>
  let followed = 0
  fc.assert(
    fc.property(fc.array(anyRecord, { maxLength: 30 }), (candidates) => {
      let record: SigningRecord = { height: 5, nil: false }
      const votes: (VoteIntent & { readonly validator: number })[] = []
      for (const candidate of candidates) {
        if (!mayFollow(record, candidate)) continue
        record = candidate
        followed++
        votes.push(...votesOf(record).map((vote) => ({ ...vote, validator: 0 })))
      }
      return votes.every((a) => votes.every((b) => !areExclusive(a, b)))
    }),
    { numRuns: 1_000 },
  )
  t.true(followed > 100)
})
