// What hostile peers do with gossip: what cannot be decoded, what is not valid, what is valid and useless, and too much of each.

import {
  framed,
  joined,
  readAll,
  rpcOfGrafts,
  rpcOfMessages,
  rpcOfSubscriptions,
  send,
  varint,
} from '../../network/raw-client.ts'
import {
  type Attack,
  type AttackContext,
  gossip,
  gossipStream,
  nameOf,
  pause,
  peers,
  random,
} from './attack.ts'

/** Where a status has the height that the node works on (docs/protocol.md, "Status"). */
const HEAD_HEIGHT_OFFSET = 32 + 8 + 32

const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = bytes.slice()
  copy[at % copy.length]! ^= 1 << (at % 8)
  return copy
}

export const gossipAttacks: Readonly<Record<string, Attack>> = {
  'undecodable-gossip': {
    words: 'messages that are not SSZ',
    limits: [],
    cut: true,
    judged: 'undecodable',
    run: (context) =>
      gossip(context, (i) => rpcOfMessages([nameOf(context, 'vote'), joined(random(40), varint(i))])),
  },
  'undecodable-rpc': {
    words: 'gossip frames that are no protobuf',
    limits: [],
    cut: true,
    judged: 'undecodable-rpc',
    run: (context) => gossip(context, () => framed(joined([0xff, 0xff], random(60)))),
  },
  'oversize-rpc': {
    words: 'gossip frames of 200 MiB announced',
    limits: ['gossipMessageBytes'],
    cut: true,
    run: (context) => gossip(context, () => joined(varint(200 * 2 ** 20), random(65_536))),
  },
  'invalid-columns': {
    words: 'real columns with one bit changed, under a header that is valid',
    limits: [],
    cut: true,
    judged: 'path',
    run: (context) =>
      gossip(context, (i) => {
        const at = i % context.columns.length
        // Behind signed header, index and offsets: in the cells.
        const data = flipped(context.columns[at]!, 363 + ((i * 97) % 2_000))
        return rpcOfMessages([nameOf(context, `column/${context.indices[at]!}`), data])
      }),
  },
  'forged-votes': {
    words: 'votes of heights that are not final yet, signed for something else: each costs a pairing',
    limits: [],
    cut: true,
    judged: 'signature',
    run: forgedVotes,
  },
  'stale-votes': {
    words: 'valid votes of heights that are final, each with other bytes: ignored, not rejected',
    limits: ['ignoredPerSecond', 'gossipEntriesPerSecond', 'pendingValidationsPerPeer'],
    cut: true,
    run: (context) =>
      gossip(context, (i) => {
        const messages = Array.from({ length: 50 }, (_, k): readonly [string, Uint8Array] => {
          const vote = context.oldVotes[(i + k) % context.oldVotes.length]!.slice()
          vote.set(joined(random(8)), 43)
          return [nameOf(context, 'vote'), vote]
        })
        return rpcOfMessages(...messages)
      }),
  },
  'empty-gossip': {
    words: 'gossip frames with nothing in them',
    limits: ['gossipEntriesPerSecond'],
    cut: true,
    // A field that nobody knows; 40 frames in a piece.
    run: (context) => {
      const piece = joined(...Array.from({ length: 40 }, () => framed(joined([15 * 8 + 2, 4], random(4)))))
      return gossip(context, () => piece)
    },
  },
  topics: {
    words: 'subscriptions to topics that nobody knows, 200 in a frame',
    limits: ['gossipControlPerSecond'],
    cut: true,
    run: (context) =>
      gossip(context, (i) => rpcOfSubscriptions(...Array.from({ length: 200 }, (_, k) => `/junk/${i}/${k}`))),
  },
  'control-messages': {
    words: 'GRAFTs, 400 in a frame',
    limits: ['gossipControlPerSecond'],
    cut: true,
    run: (context) => gossip(context, () => rpcOfGrafts(nameOf(context, 'vote'), 400)),
  },
  'large-gossip': {
    words: 'messages of 64 KiB of noise on a followed topic, at full speed',
    limits: [],
    cut: true,
    judged: 'undecodable',
    run: (context) => gossip(context, () => rpcOfMessages([nameOf(context, 'proposal'), random(2 ** 16)])),
  },
  identities: {
    words: 'a new name after each ban',
    limits: ['bannedPeersPerIp'],
    cut: true,
    run: (context) => gossip(context, () => rpcOfMessages([nameOf(context, 'vote'), random(33)])),
  },
}

/** Asks for the victim's height again and again, so that its votes are not of heights that have become final. */
async function forgedVotes(context: AttackContext) {
  return peers(context, async ({ connection, count, goesOn }) => {
    let height = 0n
    const follow = async () => {
      const stream = await connection.newStream(nameOf(context, 'status'))
      const { bytes } = await readAll(stream)
      // Code and length in front: one byte each.
      const view = new DataView(bytes.buffer, bytes.byteOffset + 2)
      height = view.getBigUint64(HEAD_HEIGHT_OFFSET, true)
    }
    await follow()
    const following = setInterval(() => void follow().catch(() => {}), 100)
    connection.addEventListener('close', () => clearInterval(following))
    const stream = await gossipStream(connection)
    for (let i = 0; goesOn(); i++) {
      const vote = context.oldVotes[i % context.oldVotes.length]!.slice()
      // Finalize.
      vote[0] = 3
      new DataView(vote.buffer).setBigUint64(1, height + BigInt(1 + (i % 3)), true)
      vote.set(random(32), 9)
      const bytes = rpcOfMessages([nameOf(context, 'vote'), vote])
      count()
      if (!(await send(stream, bytes))) break
      await pause(1)
    }
    clearInterval(following)
  })
}
