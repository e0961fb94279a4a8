// The message types that are fuzzed: real messages to begin with, crafted ones that reach the deep clauses (signed anew after a
// change, proofs changed so that their sum is the same), the judge and its twin.

import type { Random } from '../consensus/simulation/random.ts'
import { createCrafts } from './craft.ts'
import { createFramingTargets } from './framing-targets.ts'
import type { FuzzChain } from './fuzz-chain.ts'
import type { AskedBlock, createJudge } from './judge.ts'
import { encode, type Type } from './plain-ssz.ts'
import * as plain from './plain-types.ts'
import type { createTwin, Outcome } from './twin.ts'

/** A message, and whom it is an answer to or which topic it is sent on, as an opaque context. */
export interface Case {
  readonly data: Uint8Array
  readonly context?: AskedBlock | undefined
}

export interface Target {
  readonly name: string
  readonly type: Type
  readonly bases: readonly Case[]
  /** A new well-formed message, valid or not; undefined where there is nothing to craft. */
  craft(random: Random): Case | undefined
  /** Instead of mutants at the level of SSZ. */
  mutate?(base: Uint8Array, random: Random): Uint8Array
  judge(data: Uint8Array, context: AskedBlock | undefined, random: Random): Promise<Outcome> | Outcome
  twin(data: Uint8Array, context: AskedBlock | undefined, random: Random): Outcome
  /** Outcomes without which a run has not reached deep enough. */
  readonly mustSee: readonly Outcome[]
}

type Judge = ReturnType<typeof createJudge>
type Twin = ReturnType<typeof createTwin>

export const createTargets = (fuzzChain: FuzzChain, judge: Judge, twin: Twin): readonly Target[] => {
  const crafts = createCrafts(fuzzChain)
  const { messages } = crafts
  const gossip = (
    name: 'header' | 'proposal' | 'vote' | 'certificate',
    type: Type,
    mustSee: readonly Outcome[],
  ): Target => ({
    name,
    type,
    bases: messages[name].map((fields) => ({ data: encode(type, fields) })),
    craft: (random) => ({ data: encode(type, crafts[name](random)) }),
    judge: (data) => judge.gossip(name, data),
    twin: (data) => twin[name](data),
    mustSee: ['ok', 'reject:undecodable', ...mustSee],
  })
  const request = (
    name: 'rangeRequest' | 'proposalsRequest' | 'columnsRequest' | 'tilesRequest' | 'heldRequest',
    type: Type,
  ): Target => ({
    name,
    type,
    bases: messages[name].map((fields) => ({ data: encode(type, fields) })),
    craft: () => undefined,
    judge: (data) => judge[name](data),
    twin: (data) => twin[name](data),
    mustSee: ['ok', 'reject:invalid-request'],
  })
  /** Answers that need nothing but themselves. */
  const answer = (
    name: 'status' | 'held' | 'submissionAnswer',
    type: Type,
    mustSee: readonly Outcome[],
  ): Target => ({
    name,
    type,
    bases: messages[name].map((fields) => ({ data: encode(type, fields) })),
    craft: () => undefined,
    judge: (data) => judge[name](data),
    twin: (data) => twin[name](data),
    mustSee: ['ok', 'reject:undecodable', ...mustSee],
  })
  /** A column is sent on the topic of its own index, now and then on another: the byte is where its index would be. */
  const topicOf = (data: Uint8Array, random: Random): number => {
    const own = data[354] ?? 0
    return random.chance(0.97) && own < 128 ? own : random.integer(0, 127)
  }
  return [
    gossip('header', plain.Announcement, [
      'ignore:early-header',
      'ignore:old-header',
      'ignore:third-header',
      'reject:commitments-count',
      'reject:commitments-root',
      'reject:header-signature',
      'reject:empty-roots',
    ]),
    gossip('proposal', plain.Proposal, [
      'reject:commitments-root',
      'reject:entries-count',
      'reject:entries-root',
      'reject:header-signature',
      'reject:proofs-root',
      'reject:sheet-count',
    ]),
    {
      name: 'column',
      type: plain.Column,
      bases: messages.column.map((fields) => ({ data: encode(plain.Column, fields) })),
      craft: (random) => ({ data: encode(plain.Column, crafts.column(random)) }),
      judge: (data, _context, random) => judge.gossip('column', data, topicOf(data, random)),
      twin: (data, _context, random) => twin.column(data, topicOf(data, random)),
      mustSee: [
        'ok',
        'ignore:known-column',
        'ignore:third-header',
        'reject:branch-length',
        'reject:cells-count',
        'reject:header-signature',
        'reject:not-canonical',
        'reject:path',
        'reject:undecodable',
        'reject:wrong-topic',
      ],
    },
    gossip('vote', plain.Vote, [
      'ignore:early-vote',
      'ignore:old-vote',
      'ignore:third-vote',
      'reject:root',
      'reject:signature',
      'reject:validator',
    ]),
    gossip('certificate', plain.Certificate, [
      'ignore:known-certificate',
      'ignore:old-certificate',
      'reject:quorum',
      'reject:signature',
      'reject:signers-length',
    ]),
    {
      name: 'tile',
      type: plain.Tile,
      bases: messages.tile.map(({ fields, asked }) => ({ data: encode(plain.Tile, fields), context: asked })),
      craft: (random) => {
        const { fields, asked } = crafts.tile(random)
        return { data: encode(plain.Tile, fields), context: asked }
      },
      judge: (data, context) => judge.tile(data, context!),
      twin: (data, context) => twin.tile(data, context!),
      mustSee: [
        'ok',
        'reject:not-canonical',
        'reject:path',
        'reject:point',
        'reject:proof',
        'reject:shape',
        'reject:undecodable',
      ],
    },
    {
      name: 'columnAnswer',
      type: plain.Column,
      bases: messages.columnAnswer.map(({ fields, asked }) => ({
        data: encode(plain.Column, fields),
        context: asked,
      })),
      craft: (random) => {
        const { fields, asked } = crafts.columnAnswer(random)
        return { data: encode(plain.Column, fields), context: asked }
      },
      judge: (data, context) => judge.columnAnswer(data, context!),
      twin: (data, context) => twin.columnAnswer(data, context!),
      mustSee: ['ok', 'reject:other-block', 'reject:path', 'reject:point', 'reject:proof'],
    },
    answer('status', plain.Status, ['reject:other-chain']),
    answer('held', plain.Held, []),
    request('heldRequest', plain.HeldRequest),
    request('rangeRequest', plain.RangeRequest),
    request('proposalsRequest', plain.ProposalsRequest),
    request('columnsRequest', plain.ColumnsRequest),
    request('tilesRequest', plain.TilesRequest),
    {
      name: 'submission',
      type: plain.Submission,
      bases: messages.submission.map((fields) => ({ data: encode(plain.Submission, fields) })),
      craft: (random) => ({ data: encode(plain.Submission, crafts.submission(random)) }),
      judge: (data) => judge.submission(data),
      twin: (data) => twin.submission(data),
      mustSee: ['answer:0', 'answer:1', 'answer:2', 'reject:invalid-request'],
    },
    answer('submissionAnswer', plain.SubmissionAnswer, []),
    ...createFramingTargets(),
  ]
}
