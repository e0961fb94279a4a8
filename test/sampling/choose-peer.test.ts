// Whom the sampler turns to, one choice at a time.

import test from 'ava'
import type { Peer } from '../../src/chain/ports.ts'
import { choosePeer } from '../../src/sampling/choose-peer.ts'
import { peerOf, seeded } from './helpers.ts'

const choose = (peers: readonly Peer[], column: number, tried: readonly string[] = []) =>
  choosePeer(peers, { column, failed: tried.length }, 16, new Map(), (id) => tried.includes(id), seeded(1))
    ?.id

test('keepers are asked first, then validators, and nobody who cannot have the tile', (t) => {
  const peers = [
    ...Array.from({ length: 20 }, (_, i) => peerOf(`other${i}`, [1, 2, 3])),
    peerOf('keeper', [7]),
    peerOf('validator', [9], true),
  ]
  t.is(choose(peers, 7), 'keeper')
  t.is(choose(peers, 7, ['keeper']), 'validator')
  t.is(choose(peers, 7, ['keeper', 'validator']), undefined)
  t.is(choose(peers.slice(0, 20), 7), undefined)
})
