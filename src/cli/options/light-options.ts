// Options of a light node: how much it samples, keeps, gives and relays.

import { nodeDefaults } from '../../node/init.ts'
import { between, integer, trustedHeader } from './kinds.ts'
import { GiB, optional, withDefault } from './option.ts'

export const lightOptions = {
  failureProbability: withDefault(
    between('number', 0, 1),
    nodeDefaults.failureProbability,
    'largest chance that a withheld block passes for available; decides how many tiles are sampled',
  ),
  backlogBlocks: withDefault(
    integer('number', 0, 100_000),
    nodeDefaults.backlogBlocks,
    'how many older blocks to sample after a start',
  ),
  backlogBytes: withDefault(
    integer('bytes', 0, 64 * GiB),
    nodeDefaults.backlogBytes,
    'bytes that sampling older blocks may take',
  ),
  serveBytesPerMinute: withDefault(
    integer('bytes', 0, 64 * GiB),
    nodeDefaults.serveBytesPerMinute,
    'bytes of its tiles that a light node gives to others in a minute',
  ),
  pendingSamples: withDefault(
    integer('blocks', 1, 4_096),
    nodeDefaults.pendingSamples,
    'how many blocks a light node samples or has waiting for it; further ones wait until they are final',
  ),
  samplesAtOnce: withDefault(
    integer('blocks', 1, 64),
    nodeDefaults.samplesAtOnce,
    'how many blocks a light node samples at once',
  ),
  tileRequests: withDefault(
    integer('number', 1, 256),
    nodeDefaults.tileRequests,
    'how many requests for tiles of one block are under way at once',
  ),
  serveStreams: withDefault(
    integer('number', 0, 64),
    nodeDefaults.serveStreams,
    'how many at once a light node gives tiles to',
  ),
  tileBytes: withDefault(
    integer('bytes', 0, 1024 * GiB),
    nodeDefaults.tileBytes,
    'bytes of tiles that a light node keeps; those of the lowest blocks go first',
  ),
  relayBytes: withDefault(
    integer('bytes', 0, 4 * GiB),
    nodeDefaults.relayBytes,
    'bytes of tiles in memory that a light node fetches for others from nodes that only dial',
  ),
  trusted: optional(
    trustedHeader,
    'begin at this final header, had from someone trusted, instead of genesis',
  ),
} as const
