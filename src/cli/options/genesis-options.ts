// Options that a chain is made with.

import { genesisDefaults, MAX_STEP_PER_HEIGHT_MS } from '../../chain/genesis.ts'
import { integer, text } from './kinds.ts'
import { DAY_MS, optional, withDefault } from './option.ts'

/** Longest time that timers hold. */
const MAX_TIMER_MS = 2 ** 31 - 1

export const genesisOptions = {
  out: optional(text('path'), 'where to write; what is there already is never overwritten'),
  validators: optional(
    integer('number', 1, 1_024),
    'make so many validators with keys and folders: a network of your own',
  ),
  name: withDefault(text('text'), 'weft', "the chain's name, for people; at most 64 bytes"),
  maxRows: withDefault(
    integer('number', 1, 256),
    genesisDefaults.maxRows,
    'rows of a block at most (126,976 bytes each)',
  ),
  maxBands: withDefault(
    integer('number', 1, 64),
    genesisDefaults.maxBands,
    'bands of a block at most; a power of two',
  ),
  blockIntervalMs: withDefault(
    integer('ms', 1, MAX_STEP_PER_HEIGHT_MS),
    genesisDefaults.blockIntervalMs,
    'pace of blocks while there are blobs',
  ),
  timeoutMs: withDefault(
    integer('ms', 1, MAX_TIMER_MS),
    genesisDefaults.timeoutMs,
    'how long validators wait for a block before they vote nil',
  ),
  maxTimeoutMs: withDefault(
    integer('ms', 1, MAX_TIMER_MS),
    genesisDefaults.maxTimeoutMs,
    'what that wait doubles up to while no block comes',
  ),
  idleIntervalMs: withDefault(
    integer('ms', 1, MAX_STEP_PER_HEIGHT_MS),
    genesisDefaults.idleIntervalMs,
    'pace of empty blocks',
  ),
  sampleDeadlineMs: withDefault(
    integer('ms', 1, MAX_TIMER_MS),
    genesisDefaults.sampleDeadlineMs,
    'how long light nodes let a sample take',
  ),
  custodyFull: withDefault(
    integer('number', 1, 128),
    genesisDefaults.custodyFull,
    'columns that a full node without a validator key keeps',
  ),
  retentionMs: withDefault(
    integer('ms', 1, 3_650 * DAY_MS),
    genesisDefaults.retentionMs,
    'how long blocks are kept, and the tiles of light nodes',
  ),
} as const
