// The small parts by themselves: codec, rates, scores, turns, names. Properties against plain models.

import { BitArray } from '@chainsafe/ssz'
import test from 'ava'
import fc from 'fast-check'
import {
  AnnouncementType,
  CertificateType,
  ColumnType,
  ProposalType,
  SignedHeaderType,
  StatusType,
  TilesRequestType,
  VoteType,
} from '../../src/chain/containers.ts'
import { decode, encodeVarint, readVarint } from '../../src/network/codec.ts'
import { answerCodes, refusalFor, refusalOf } from '../../src/network/errors.ts'
import { createLabels } from '../../src/network/labels.ts'
import { defaultLimits, devnetLimits } from '../../src/network/limits.ts'
import { allTopics } from '../../src/network/names.ts'
import { messageBytes, streamProtocols } from '../../src/network/protocols.ts'
import { createScores } from '../../src/network/scores.ts'
import { createTokenBucket } from '../../src/network/token-bucket.ts'
import { createTurns } from '../../src/network/turns.ts'
import { chainId, makeColumn, makeStatus, makeVote, soon } from './support.ts'

const readAllOf = (bytes: Uint8Array) => {
  let offset = 0
  return async () => bytes[offset++]
}

test('every length below 2^28 survives its varint, and no other bytes read as it', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 28 - 1 }), async (length) => {
      const bytes = encodeVarint(length)
      t.is(await readVarint(readAllOf(bytes)), length)
      // One more byte, and the last one marked as not last: the same number in a longer form.
      const longer = Uint8Array.from([...bytes, 0])
      longer[bytes.length - 1]! |= 0x80
      t.is(await readVarint(readAllOf(longer)), undefined)
    }),
  )
  t.throws(() => encodeVarint(2 ** 28), { instanceOf: RangeError })
})

test('what decodes is exactly what encodes: mutated votes and columns decode to themselves or to nothing', (t) => {
  const originals = [
    [VoteType, VoteType.serialize(makeVote(3, 4))],
    [ColumnType, ColumnType.serialize(makeColumn(5))],
    [StatusType, StatusType.serialize(makeStatus())],
    [
      TilesRequestType,
      TilesRequestType.serialize({ root: new Uint8Array(32), tiles: [{ band: 1, column: 2 }] }),
    ],
  ] as const
  let decoded = 0
  fc.assert(
    fc.property(
      fc.constantFrom(...originals),
      fc.array(fc.tuple(fc.nat(5_000), fc.nat(255)), { maxLength: 4 }),
      fc.integer({ min: -40, max: 40 }),
      ([type, original], edits, growth) => {
        const bytes = new Uint8Array(Math.max(original.length + growth, 0))
        bytes.set(original.subarray(0, bytes.length))
        for (const [at, value] of edits) if (bytes.length > 0) bytes[at % bytes.length] = value
        const value = decode(type as typeof VoteType, bytes)
        if (value === undefined) return
        decoded++
        t.deepEqual((type as typeof VoteType).serialize(value), bytes)
      },
    ),
    { numRuns: 400 },
  )
  t.true(decoded > 10)
})

test('a decoded value has no Buffers, whatever it came in', (t) => {
  const vote = decode(VoteType, Buffer.from(VoteType.serialize(makeVote())))
  t.is(vote?.root.constructor, Uint8Array)
})

test('an integer that a double cannot hold is not decoded', (t) => {
  const bytes = VoteType.serialize(makeVote(1))
  bytes.fill(255, 1, 9)
  t.is(decode(VoteType, bytes), undefined)
  bytes.set([0, 0, 0, 0, 0, 0, 32, 0], 1)
  t.is(decode(VoteType, bytes), undefined)
  bytes.set([255, 255, 255, 255, 255, 255, 31, 0], 1)
  t.is(decode(VoteType, bytes)?.height, Number.MAX_SAFE_INTEGER)
})

test('a list above its limit is refused by its length', (t) => {
  const ids = Array.from({ length: 33 }, () => [1, 2]).flat()
  const bytes = Uint8Array.from([...new Uint8Array(32), 36, 0, 0, 0, ...ids])
  t.is(decode(TilesRequestType, bytes), undefined)
  t.is(decode(TilesRequestType, bytes.subarray(0, bytes.length - 2))?.tiles.length, 32)
})

test('messages are bounded by what their container can be on the chain at hand, to the byte', (t) => {
  const bytes = messageBytes({ maxRows: 2, maxBands: 2, validators: 9 })
  const signedHeader = SignedHeaderType.defaultValue()
  const commitments = [new Uint8Array(48), new Uint8Array(48)]
  t.is(bytes.header, AnnouncementType.serialize({ header: signedHeader, commitments }).length)
  const entry = {
    namespace: new Uint8Array(29),
    startCell: 0,
    length: 1,
    flags: 0,
    blobId: new Uint8Array(32),
  }
  const proposal = {
    header: signedHeader,
    commitments,
    entries: Array.from({ length: 128 }, () => entry),
    sheet: Array.from({ length: 256 }, () => new Uint8Array(48)),
  }
  t.is(bytes.proposal, ProposalType.serialize(proposal).length)
  const certificate = { ...CertificateType.defaultValue(), signers: BitArray.fromBitLen(9) }
  t.is(bytes.certificate, CertificateType.serialize(certificate).length)
  t.deepEqual(messageBytes({ maxRows: 256, maxBands: 64, validators: 1_024 }), {
    header: AnnouncementType.maxSize,
    proposal: ProposalType.maxSize,
    column: ColumnType.maxSize,
    vote: VoteType.maxSize,
    certificate: CertificateType.maxSize,
  })
})

test('a token bucket never gives more than burst plus rate times time', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 100 }),
      fc.array(fc.tuple(fc.nat(500), fc.integer({ min: 1, max: 30 })), { maxLength: 50 }),
      (perSecond, burst, steps) => {
        let now = 0
        let taken = 0
        const bucket = createTokenBucket(perSecond, burst, () => now)
        for (const [ms, amount] of steps) {
          now += ms
          if (bucket.take(amount)) taken += amount
          t.true(taken <= burst + (perSecond * now) / 1_000 + 1e-6)
        }
      },
    ),
  )
})

test('who borrows from a bucket and waits keeps to the rate', (t) => {
  let now = 0
  const bucket = createTokenBucket(100, 50, () => now)
  t.is(bucket.borrow(50), 0)
  t.is(bucket.borrow(10), 100)
  now += 100
  t.is(bucket.borrow(0), 0)
  t.is(bucket.borrow(200), 2_000)
})

test('points halve in their time, add up to a ban, and the ban ends', (t) => {
  let now = 1_000_000
  const scores = createScores({ ...defaultLimits, pointsHalfLifeMs: 1_000, banMs: 5_000 }, () => now)
  t.false(scores.add('p', 60))
  now += 1_000
  t.is(Math.round(scores.points('p')), 30)
  t.false(scores.add('p', 60))
  t.true(scores.add('p', 20))
  t.true(scores.isBanned('p'))
  t.is(scores.points('p'), 100)
  now += 5_001
  t.false(scores.isBanned('p'))
  t.is(scores.points('p'), 0)
})

test('several banned peers of one address ban the address, one peer again and again does not', (t) => {
  let now = 1
  const scores = createScores({ ...defaultLimits, bannedPeersPerIp: 3 }, () => now)
  for (let i = 0; i < 5; i++) scores.ban('same', '192.0.2.1')
  t.false(scores.isIpBanned('192.0.2.1'))
  scores.ban('b', '192.0.2.1')
  scores.ban('c', '192.0.2.1')
  t.true(scores.isIpBanned('192.0.2.1'))
  t.false(scores.isIpBanned('192.0.2.2'))
  now += defaultLimits.banMs + 1
  t.false(scores.isIpBanned('192.0.2.1'))
})

test('scores and bans are bounded', (t) => {
  const scores = createScores({ ...defaultLimits, bannedPeers: 2, scoredPeers: 2 })
  for (const peer of ['a', 'b', 'c']) scores.ban(peer)
  t.deepEqual(['a', 'b', 'c'].map(scores.isBanned), [false, true, true])
})

test('turns keep order, bound those who wait, and survive aborts', async (t) => {
  const turns = createTurns(2, 2)
  const first = await turns.enter('k', soon())
  await turns.enter('k', soon())
  const order: number[] = []
  const third = turns.enter('k', soon()).then((leave) => {
    order.push(3)
    return leave
  })
  const abort = new AbortController()
  const fourth = turns.enter('k', abort.signal)
  await t.throwsAsync(turns.enter('k', soon()), { code: 'busy' })
  abort.abort(new Error('no more'))
  await t.throwsAsync(fourth, { code: 'aborted' })
  t.deepEqual(order, [])
  first()
  first()
  await third
  t.deepEqual(order, [3])
  // Giving a turn back twice must not make room twice.
  const late = new AbortController()
  setTimeout(() => late.abort(new Error('too late')), 50)
  const fifth = turns.enter('k', late.signal)
  await t.throwsAsync(fifth, { code: 'aborted' })
  t.truthy(await turns.enter('other', soon()))
})

test('labels are few', (t) => {
  const label = createLabels()
  const values = Array.from({ length: 100 }, (_, i) => label(`v${i}`))
  t.is(new Set(values).size, 65)
  t.is(label('v3'), 'v3')
  t.is(label('v99'), 'other')
})

test('a chain has 132 topics, each with its id', (t) => {
  const topics = allTopics(chainId)
  t.is(topics.size, 132)
  t.is(topics.get(`/weft/${chainId}/column/127/1`)?.column, 127)
  t.true([...topics.keys()].every((name) => name.startsWith(`/weft/${chainId}/`) && name.endsWith('/1')))
})

test('refusals and their codes are one to one, and unknown errors are server errors', (t) => {
  for (const [name, code] of Object.entries(answerCodes))
    t.is(refusalOf(code), name === 'item' ? undefined : (name as never))
  t.is(refusalOf(99), undefined)
  t.is(refusalFor(new Error('x')), 'server-error')
})

test('answers of a chain of 64 rows and 8 bands are bounded as documented', (t) => {
  const protocols = streamProtocols({ maxRows: 64, maxBands: 8, validators: 4 })
  t.is(protocols.columns.answerBytes, 64 * 2_048 + 1_024)
  t.is(protocols.tiles.answerBytes, 8 * 2_048 + 4_096)
  t.is(protocols.headers.maxItems({ start: 0, count: 128 }), 256)
  t.is(protocols.headers.maxItems({ start: 0, count: 129 }), 0)
  const largest = streamProtocols({ maxRows: 256, maxBands: 64, validators: 1_024 })
  t.true(ColumnType.serialize(makeColumn(0, 1, 256)).length <= largest.columns.answerBytes)
  for (const value of Object.values({ ...defaultLimits, ...devnetLimits })) t.true(value > 0)
})
