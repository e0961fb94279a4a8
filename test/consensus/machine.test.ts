// The machine's rules one at a time; what they come to together is the simulation's to show.

import test from 'ava'
import { KIND, ZERO_ROOT } from '../../src/chain/signing.ts'
import {
  certificate,
  createHands,
  emptyStart,
  GENESIS,
  GENESIS_ROOT,
  header,
  init,
  only,
  root,
  signedKinds,
  vote,
} from './support.ts'

const { notarise, nil, finalize } = KIND

test('a validator notarises a block when it is available, not before, and once', (t) => {
  const { feed } = createHands(1)
  t.deepEqual(signedKinds(feed(10, { type: 'proposal', root: root(1), header: header(1) })), [])
  const [sign] = only(feed(20, { type: 'available', root: root(1) }), 'sign')
  t.deepEqual(sign?.record, { height: 1, nil: false, notarised: root(1) })
  t.deepEqual(sign?.votes, [{ kind: notarise, height: 1, root: root(1) }])
  feed(30, { type: 'proposal', root: root(2), header: header(1) })
  t.deepEqual(signedKinds(feed(30, { type: 'available', root: root(2) })), [])
  t.deepEqual(signedKinds(feed(30, { type: 'available', root: root(1) })), [])
})

test('a block that is available before its header came counts when the header comes', (t) => {
  const { feed } = createHands(1)
  t.deepEqual(feed(10, { type: 'available', root: root(1) }), [])
  t.deepEqual(signedKinds(feed(20, { type: 'proposal', root: root(1), header: header(1) })), [notarise])
})

test('nil follows notarise when the time is up, and ends what may be signed there', (t) => {
  const { feed, block, started } = createHands(1)
  // Pause 5,000 for an idle leader, then the timeout of 10,000.
  t.is(only(started, 'enter')[0]?.nilAt, GENESIS + 15_000)
  t.is(only(started, 'timer').at(-1)?.at, GENESIS + 15_000)
  block(10, root(1), header(1))
  t.deepEqual(signedKinds(feed(14_999, { type: 'tick' })), [])
  const [sign] = only(feed(15_000, { type: 'tick' }), 'sign')
  t.deepEqual(sign?.record, { height: 1, nil: true, notarised: root(1) })
  t.deepEqual(sign?.votes, [{ kind: nil, height: 1, root: ZERO_ROOT }])
  const late = feed(15_001, { type: 'certificate', certificate: certificate(notarise, 1, root(1)) })
  t.deepEqual(signedKinds(late), [])
})

test('nothing is notarised after nil', (t) => {
  const { feed, block } = createHands(1)
  t.deepEqual(signedKinds(feed(15_000, { type: 'tick' })), [nil])
  t.deepEqual(signedKinds(block(15_001, root(1), header(1))), [])
})

test('votes of a quorum make a certificate, which ends the height and is finalized', (t) => {
  const { machine, feed, block } = createHands(1)
  block(10, root(1), header(1))
  for (const validator of [1, 3]) feed(20, { type: 'vote', vote: vote(validator, notarise, 1, root(1)) })
  t.is(machine.height, 1)
  const outputs = feed(30, { type: 'vote', vote: vote(0, notarise, 1, root(1)) })
  t.is(machine.height, 2)
  const [made] = only(outputs, 'certificate')
  t.true(made?.formed)
  t.deepEqual(made?.certificate.signers.getTrueBitIndexes(), [0, 1, 3])
  t.deepEqual(made?.certificate.signature, new Uint8Array(96).fill(3))
  const types = outputs.map(({ type }) => type)
  t.true(types.indexOf('certificate') < types.indexOf('sign'), 'the certificate is synced before finalize is')
  t.deepEqual(only(outputs, 'sign')[0]?.record, {
    height: 1,
    nil: false,
    notarised: root(1),
    finalized: root(1),
  })

  feed(40, { type: 'vote', vote: vote(1, finalize, 1, root(1)) })
  feed(40, { type: 'vote', vote: vote(2, finalize, 1, root(1)) })
  const last = feed(50, { type: 'vote', vote: vote(3, finalize, 1, root(1)) })
  t.deepEqual(only(last, 'final'), [{ type: 'final', height: 1, root: root(1) }])
  t.deepEqual(machine.final, { height: 1, root: root(1), timestamp: GENESIS + 1_000 })
})

test('weight counts, not heads', (t) => {
  const { machine, feed } = createHands(1, undefined, { weights: [1, 1, 1, 6] })
  for (const validator of [0, 1, 2]) feed(20, { type: 'vote', vote: vote(validator, nil, 1) })
  t.is(machine.height, 1)
  feed(20, { type: 'vote', vote: vote(3, nil, 1) })
  t.is(machine.height, 2)
})

test('votes for different roots do not add up', (t) => {
  const { machine, feed } = createHands(1)
  feed(20, { type: 'vote', vote: vote(0, notarise, 1, root(1)) })
  feed(20, { type: 'vote', vote: vote(1, notarise, 1, root(1)) })
  feed(20, { type: 'vote', vote: vote(2, notarise, 1, root(2)) })
  feed(20, { type: 'vote', vote: vote(3, notarise, 1, root(2)) })
  t.is(machine.height, 1)
})

test('a block that is restored late is notarised and finalized late', (t) => {
  const { machine, feed, block } = createHands(2)
  const outputs = feed(100, { type: 'certificate', certificate: certificate(notarise, 1, root(1)) })
  t.is(machine.height, 2)
  t.deepEqual(
    only(outputs, 'want-block').map(({ part }) => part),
    ['header', 'data'],
  )
  t.deepEqual(signedKinds(outputs), [])
  t.deepEqual(signedKinds(block(9_000, root(1), header(1))), [notarise, finalize])
})

test('a block of a nil height is not finalized', (t) => {
  const { feed, block } = createHands(2)
  feed(100, { type: 'certificate', certificate: certificate(nil, 1) })
  feed(100, { type: 'certificate', certificate: certificate(notarise, 1, root(1)) })
  t.deepEqual(signedKinds(block(200, root(1), header(1))), [])
})

test('a block is notarised only on a notarised parent with nil certificates between', (t) => {
  const { feed, block } = createHands(0, undefined, { weights: Array(7).fill(1) })
  feed(1, { type: 'certificate', certificate: certificate(notarise, 1, root(1)) })
  feed(2, { type: 'certificate', certificate: certificate(notarise, 2, root(2)) })
  const jumping = block(3, root(3), header(3, 1, root(1)))
  t.deepEqual(signedKinds(jumping), [], 'height 2 is not nil')
  t.deepEqual(only(jumping, 'want-certificates').slice(0, 1), [
    { type: 'want-certificates', start: 1, end: 2 },
  ])
  t.deepEqual(signedKinds(feed(4, { type: 'certificate', certificate: certificate(nil, 2) })), [notarise])

  const other = createHands(0, undefined, { weights: Array(7).fill(1) })
  other.feed(1, { type: 'certificate', certificate: certificate(notarise, 1, root(1)) })
  t.deepEqual(
    signedKinds(other.block(3, root(2), header(2, 1, root(9)))),
    [],
    'another parent of that height',
  )
})

test('a block below the final one is no parent', (t) => {
  const { machine, feed, block } = createHands(0, undefined, { weights: Array(7).fill(1) })
  feed(1, { type: 'certificate', certificate: certificate(finalize, 3, root(3)) })
  t.is(machine.height, 4)
  t.deepEqual(signedKinds(block(2, root(4), header(4, 2, root(2)))), [])
  t.deepEqual(signedKinds(block(2, root(5), header(4, 3, root(3)))), [notarise])
})

test('a leader without blobs proposes after the pause, with blobs a block interval after the parent', (t) => {
  const idle = createHands(0)
  t.deepEqual(only(idle.feed(4_999, { type: 'tick' }), 'build'), [])
  const expected = { type: 'build', height: 1, parentHeight: 0, parentRoot: GENESIS_ROOT } as const
  t.deepEqual(only(idle.feed(5_000, { type: 'tick' }), 'build'), [
    { ...expected, timestamp: GENESIS + 5_000 },
  ])
  t.deepEqual(only(idle.feed(6_000, { type: 'tick' }), 'build'), [], 'once')

  const busy = createHands(0)
  t.deepEqual(only(busy.feed(100, { type: 'blobs-waiting', waiting: true }), 'build'), [])
  t.deepEqual(only(busy.feed(2_000, { type: 'tick' }), 'build'), [
    { ...expected, timestamp: GENESIS + 2_000 },
  ])
})

test('a parent from the future delays a leader by one interval at most, and bounds its timestamp', (t) => {
  const { feed, block } = createHands(1)
  block(10, root(1), header(1, 0, GENESIS_ROOT, GENESIS + 60_000))
  feed(20, { type: 'blobs-waiting', waiting: true })
  feed(100, { type: 'certificate', certificate: certificate(notarise, 1, root(1)) })
  t.deepEqual(only(feed(2_099, { type: 'tick' }), 'build'), [])
  t.is(only(feed(2_100, { type: 'tick' }), 'build')[0]?.timestamp, GENESIS + 60_001)

  const behind = createHands(0)
  t.is(only(behind.feed(1_000_000, { type: 'tick' }), 'build')[0], undefined, 'the height was given up first')
  const late = createHands(0, undefined, {
    genesisTimestamp: GENESIS - 1e9,
    timeoutMs: 1e8,
    maxTimeoutMs: 1e8,
  })
  t.is(only(late.feed(1_000_000, { type: 'tick' }), 'build')[0]?.timestamp, GENESIS + 60_000)
})

test('a leader is told to prepare, and what it built is recorded as proposed and notarised before it leaves', (t) => {
  const { feed } = createHands(1)
  const nilOfFirst = feed(10, { type: 'certificate', certificate: certificate(nil, 1) })
  t.deepEqual(only(nilOfFirst, 'prepare'), [])
  t.deepEqual(only(createHands(1).started, 'prepare'), [{ type: 'prepare', height: 2 }])
  const [sign] = only(feed(3_000, { type: 'built', root: root(5), header: header(2) }), 'sign')
  t.deepEqual(sign?.record, { height: 2, nil: false, proposed: root(5), notarised: root(5) })
  t.deepEqual(sign?.proposal, root(5))
  const second = feed(3_001, { type: 'built', root: root(6), header: header(2) })
  t.deepEqual(only(second, 'discard'), [{ type: 'discard', height: 2, root: root(6) }])
  t.deepEqual(only(second, 'sign'), [])
})

test('what was built too late is discarded', (t) => {
  const { feed } = createHands(0)
  feed(15_000, { type: 'tick' })
  t.deepEqual(only(feed(15_001, { type: 'built', root: root(5), header: header(1) }), 'discard').length, 1)
  const moved = createHands(0)
  moved.feed(1, { type: 'certificate', certificate: certificate(nil, 1) })
  const outputs = moved.feed(2, { type: 'built', root: root(5), header: header(1) })
  t.deepEqual(outputs.map(({ type }) => type).slice(0, 1), ['discard'])
})

test('the timeout doubles with nil heights in a row, and a block ends the row', (t) => {
  const { feed } = createHands(3)
  const nilDelay = (at: number, kind: 1 | 2, height: number) =>
    only(
      feed(at, {
        type: 'certificate',
        certificate: certificate(kind, height, kind === nil ? ZERO_ROOT : root(height)),
      }),
      'enter',
    )[0]!.nilAt -
    GENESIS -
    at
  t.is(nilDelay(10, nil, 1), 2_000 + 20_000)
  t.is(nilDelay(20, nil, 2), 2_000 + 40_000)
  t.is(nilDelay(30, nil, 3), 2_000 + 60_000)
  t.is(nilDelay(40, nil, 4), 2_000 + 60_000)
  t.is(nilDelay(50, notarise, 5), 5_000 + 10_000)
})

test('the first height does not begin before genesis', (t) => {
  const { started } = createHands(1, undefined, { genesisTimestamp: GENESIS + 7_000 })
  t.is(only(started, 'enter')[0]?.nilAt, GENESIS + 22_000)
})

test('a finalize certificate of a far height is followed at once', (t) => {
  const { machine, feed } = createHands(1)
  const outputs = feed(10, { type: 'certificate', certificate: certificate(finalize, 500, root(7)) })
  t.is(machine.height, 501)
  t.deepEqual(only(outputs, 'final'), [{ type: 'final', height: 500, root: root(7) }])
  t.deepEqual(only(outputs, 'want-block'), [
    { type: 'want-block', height: 500, root: root(7), part: 'header' },
  ])
  feed(20, { type: 'proposal', root: root(7), header: header(500, 499, root(6)) })
  t.is(machine.final.timestamp, GENESIS + 500_000)
})

test('signs of being behind make it ask for certificates, not more than once a second', (t) => {
  const { feed } = createHands(1)
  const asked = [10, 11, 12, 1_500].map(
    (at) => only(feed(at, { type: 'vote', vote: vote(2, nil, 4) }), 'want-certificates').length,
  )
  t.deepEqual(asked, [1, 0, 0, 1])
})

test('a height that hangs makes it send everything again', (t) => {
  const { feed, block } = createHands(1)
  feed(1, { type: 'certificate', certificate: certificate(nil, 1) })
  block(2, root(2), header(2))
  const nilAt = 1 + 2_000 + 20_000
  feed(nilAt, { type: 'tick' })
  const outputs = feed(nilAt + 10_000, { type: 'tick' })
  t.deepEqual(only(outputs, 'resend')[0]?.votes, [
    { kind: notarise, height: 2, root: root(2) },
    { kind: nil, height: 2, root: ZERO_ROOT },
  ])
  t.deepEqual(only(outputs, 'resend-certificates')[0]?.certificates, [{ kind: nil, height: 1 }])
  t.deepEqual(only(outputs, 'want-certificates'), [{ type: 'want-certificates', start: 1, end: undefined }])
  t.is(only(outputs, 'timer')[0]?.at, GENESIS + nilAt + 20_000)
})

test('after a restart it signs again what its records stand for, and goes on from there', (t) => {
  const start = {
    type: 'start',
    final: { height: 2, root: root(2), timestamp: GENESIS },
    certificates: [certificate(notarise, 3, root(3))],
    records: [
      { height: 3, nil: false, notarised: root(3), finalized: root(3) },
      { height: 4, nil: true, notarised: root(4) },
    ],
    blocks: [{ root: root(3), header: header(3, 2, root(2)), available: true }],
  } as const
  const { machine, started, feed } = createHands(1, start)
  t.is(machine.height, 4)
  t.deepEqual(signedKinds(started), [notarise, finalize, notarise, nil])
  t.deepEqual(signedKinds(feed(60_000, { type: 'tick' })), [])
})

test('an own block that was stored and never published is published, and no second one is built', (t) => {
  const stored = { root: root(5), header: header(1), available: true }
  const start = {
    type: 'start',
    final: { height: 0, root: GENESIS_ROOT, timestamp: GENESIS },
    certificates: [],
    records: [],
    blocks: [stored],
  } as const
  const { started, feed } = createHands(0, start)
  const [sign] = only(started, 'sign')
  t.deepEqual(sign?.record, { height: 1, nil: false, proposed: root(5), notarised: root(5) })
  t.deepEqual(sign?.proposal, root(5))
  t.deepEqual(only(feed(10_000, { type: 'tick' }), 'build'), [])
})

test('a proposal that was recorded is published again after a restart', (t) => {
  const start = {
    type: 'start',
    final: { height: 0, root: GENESIS_ROOT, timestamp: GENESIS },
    certificates: [],
    records: [{ height: 1, nil: false, proposed: root(5), notarised: root(5) }],
    blocks: [{ root: root(5), header: header(1), available: true }],
  } as const
  const { started } = createHands(0, start)
  t.deepEqual(only(started, 'resend-proposal'), [{ type: 'resend-proposal', height: 1, root: root(5) }])
})

test('a start far above the final height still knows its own block there', (t) => {
  const certificates = Array.from({ length: 20 }, (_, i) => certificate(nil, i + 1))
  const blocks = [{ root: root(5), header: header(21), available: true }]
  const start = {
    type: 'start',
    final: { height: 0, root: GENESIS_ROOT, timestamp: GENESIS },
    certificates,
    records: [],
    blocks,
  } as const
  const { machine, started } = createHands(0, start)
  t.is(machine.height, 21)
  t.deepEqual(only(started, 'sign')[0]?.proposal, root(5))
})

test('contradicting votes are reported once, and the first counts', (t) => {
  const { machine, feed } = createHands(1)
  feed(1, { type: 'vote', vote: vote(2, notarise, 1, root(1)) })
  const outputs = feed(2, { type: 'vote', vote: vote(2, notarise, 1, root(2)) })
  t.deepEqual(only(outputs, 'evidence'), [
    {
      type: 'evidence',
      validator: 2,
      first: vote(2, notarise, 1, root(1)),
      second: vote(2, notarise, 1, root(2)),
    },
  ])
  t.deepEqual(only(feed(3, { type: 'vote', vote: vote(2, notarise, 1, root(3)) }), 'evidence'), [])
  for (const validator of [0, 3]) feed(4, { type: 'vote', vote: vote(validator, notarise, 1, root(2)) })
  t.is(machine.height, 1)
})

test('certificates that exclude each other stop all voting', (t) => {
  const pairs = [
    [certificate(notarise, 1, root(1)), certificate(notarise, 1, root(2))],
    [certificate(nil, 1), certificate(finalize, 1, root(1))],
    [certificate(finalize, 1, root(1)), certificate(nil, 1)],
    [certificate(finalize, 1, root(1)), certificate(finalize, 1, root(2))],
    [certificate(notarise, 1, root(1)), certificate(finalize, 1, root(2))],
  ] as const
  for (const [first, second] of pairs) {
    const { feed, block } = createHands(1)
    feed(1, { type: 'certificate', certificate: first })
    t.is(only(feed(2, { type: 'certificate', certificate: second }), 'fault').length, 1)
    t.deepEqual(signedKinds(block(3, root(9), header(2, 1, root(1)))), [])
    t.deepEqual(signedKinds(feed(1e6, { type: 'tick' })), [])
  }
  const { feed } = createHands(1)
  feed(1, { type: 'certificate', certificate: certificate(notarise, 1, root(1)) })
  t.deepEqual(
    only(feed(2, { type: 'certificate', certificate: certificate(nil, 1) }), 'fault'),
    [],
    'both may exist',
  )
})

test('a node that only follows makes certificates and never signs', (t) => {
  const { machine, feed, block } = createHands(undefined)
  block(1, root(1), header(1))
  for (const kind of [notarise, finalize] as const)
    for (const validator of [0, 1, 2]) feed(2, { type: 'vote', vote: vote(validator, kind, 1, root(1)) })
  t.is(machine.final.height, 1)
  const late = feed(1e6, { type: 'tick' })
  t.deepEqual(only(late, 'sign'), [])
  t.is(only(late, 'resend-certificates').length, 1)
})

test('inputs before the start and old ones change nothing; a second start is refused', (t) => {
  const { machine, feed } = createHands(1)
  feed(1, { type: 'certificate', certificate: certificate(finalize, 5, root(5)) })
  for (const height of [1, 5]) {
    t.deepEqual(feed(2, { type: 'vote', vote: vote(0, nil, height) }), [])
    t.deepEqual(feed(2, { type: 'proposal', root: root(1), header: header(height) }), [])
  }
  t.deepEqual(feed(2, { type: 'certificate', certificate: certificate(nil, 4) }), [])
  t.is(machine.height, 6)
  t.throws(
    () => feed(3, { type: 'start', final: machine.final, certificates: [], records: [], blocks: [] }),
    { instanceOf: RangeError },
  )
})

test('floods of votes, headers and availability stay within their bounds', (t) => {
  const { machine, feed } = createHands(1)
  let outputs = 0
  for (let i = 0; i < 20_000; i++) {
    const of = new Uint8Array(32).fill(1)
    new DataView(of.buffer).setUint32(0, i)
    outputs += feed(10, { type: 'vote', vote: vote(3, notarise, 1 + (i % 10_000), of) }).length
    outputs += feed(10, { type: 'proposal', root: of, header: header(1 + (i % 10_000)) }).length
    outputs += feed(10, { type: 'available', root: of }).length
  }
  t.is(machine.height, 1)
  // Nine heights are looked at: evidence once each, one question, and the vote for the one block of height 1.
  t.true(outputs < 30, String(outputs))
})

test('the same inputs give the same outputs', (t) => {
  const run = () => {
    const { feed, block, started } = createHands(1)
    return [
      started,
      block(10, root(1), header(1)),
      ...[0, 1, 2].map((validator) =>
        feed(20, { type: 'vote', vote: vote(validator, notarise, 1, root(1)) }),
      ),
      feed(init.timeoutMs * 3, { type: 'tick' }),
    ]
  }
  t.deepEqual(run(), run())
})

test('a key that may have signed before signs nothing below the height that it is told', (t) => {
  const hands = createHands(0, { ...emptyStart, signsFrom: Number.POSITIVE_INFINITY })
  // Neither a block that is whole, nor time that is up, nor a certificate makes it sign, and it does not propose.
  t.deepEqual(signedKinds(hands.block(100, root(1), header(1))), [])
  t.deepEqual(signedKinds(hands.feed(60_000, { type: 'tick' })), [])
  const notarised = hands.feed(60_001, {
    type: 'certificate',
    certificate: certificate(KIND.notarise, 1, root(1)),
  })
  t.deepEqual(signedKinds(notarised), [])
  t.is(hands.machine.height, 2)

  // From height 3 on: what was missed below stays unsigned.
  t.deepEqual(signedKinds(hands.feed(60_002, { type: 'signs-from', height: 3 })), [])
  t.deepEqual(signedKinds(hands.block(60_003, root(2), header(2, 1, root(1)))), [])
  hands.feed(60_004, { type: 'certificate', certificate: certificate(KIND.notarise, 2, root(2)) })
  t.deepEqual(signedKinds(hands.block(60_005, root(3), header(3, 2, root(2)))), [KIND.notarise])
})

test('a key that learns that it has signed nothing yet does at once what is due', (t) => {
  const hands = createHands(3, { ...emptyStart, signsFrom: Number.POSITIVE_INFINITY })
  t.deepEqual(signedKinds(hands.block(100, root(1), header(1))), [])
  t.deepEqual(signedKinds(hands.feed(101, { type: 'signs-from', height: 0 })), [KIND.notarise])
})
