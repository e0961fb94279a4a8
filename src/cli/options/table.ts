// The one table of options: name, kind, default, words. Flags, environment variables, keys of the config file, the
// help texts and docs/configuration.md are all made from it. A name `dataDir` is the flag `--data-dir`, the variable
// `WEFT_DATA_DIR` and the key "dataDir".

import { apiDefaults } from '../../api/defaults.ts'
import { stackDefaults } from '../../api/stacks/stack.ts'
import { genesisDefaults, MAX_STEP_PER_HEIGHT_MS } from '../../chain/genesis.ts'
import { defaultLimits, type LimitName } from '../../network/limits.ts'
import { nodeDefaults } from '../../node/init.ts'
import {
  address,
  between,
  choice,
  httpUrl,
  integer,
  type Kind,
  list,
  multiaddr,
  type Setting,
  setting,
  text,
  toggle,
  trustedHeader,
} from './kinds.ts'

export interface Option<T, Default extends T | undefined = T | undefined> {
  readonly kind: Kind<T>
  readonly default: Default
  readonly describe: string
  /** Only as flag or variable: what says where the config file is cannot be in it. */
  readonly notInFile?: true
}

/** An option that is undefined unless it is given. */
const optional = <T>(
  kind: Kind<T>,
  describe: string,
  more: { notInFile?: true } = {},
): Option<T, undefined> => ({
  kind,
  default: undefined,
  describe,
  ...more,
})

const withDefault = <T>(kind: Kind<T>, value: T, describe: string): Option<T, T> => ({
  kind,
  default: value,
  describe,
})

const GiB = 2 ** 30
const DAY_MS = 86_400_000
/** Largest weight: a u32. */
const MAX_U32 = 2 ** 32 - 1
/** Longest time that timers hold. */
const MAX_TIMER_MS = 2 ** 31 - 1

export const options = {
  // ---- every command
  config: optional(
    text('file'),
    'read options from this JSON file (else <dir>/config.json, if it is there)',
    {
      notInFile: true,
    },
  ),
  json: withDefault(toggle, false, 'print JSON for programs; the last line of stdout is the result'),

  // ---- a node's folder
  dir: withDefault(text('folder'), '.weft', "the node's folder: keys, genesis, database"),
  genesis: optional(text('file'), "the chain's genesis file (else <dir>/genesis.json)"),
  validator: withDefault(
    toggle,
    false,
    'also make a BLS key to validate with, and validator.json to give away',
  ),
  passphraseFile: optional(
    text('file'),
    "file with the passphrase of the validator's key (else asked for, on a terminal)",
  ),
  lockDir: optional(
    text('folder'),
    'where the locks of validator keys lie, the same for all nodes of a machine (else a folder of this user)',
  ),
  plainKey: withDefault(
    toggle,
    false,
    'keep the key unencrypted: for tests, never for what is worth something',
  ),
  weight: withDefault(integer('number', 1, MAX_U32), 1, "this validator's weight in genesis"),

  // ---- genesis
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
    'how long validators keep blocks',
  ),

  // ---- running a node
  listen: withDefault<readonly string[]>(
    list(multiaddr(false)),
    nodeDefaults.listen,
    'address for other nodes to reach this one; repeatable',
  ),
  announce: withDefault<readonly string[]>(
    list(multiaddr(false)),
    nodeDefaults.announce,
    'address to tell others instead of those found; repeatable',
  ),
  bootnodes: withDefault<readonly string[]>(
    list(multiaddr(true)),
    nodeDefaults.bootnodes,
    'nodes to connect to first; repeatable',
  ),
  apiHost: withDefault(
    text('address'),
    apiDefaults.host,
    'address of the HTTP API; without tokens (weft token) it answers this machine only',
  ),
  apiPort: withDefault(
    integer('port', 0, 65_535),
    apiDefaults.port,
    'port of the HTTP API; 0 takes any free one',
  ),
  apiAnonymous: withDefault(
    choice('right', ['none', 'read', 'write']),
    'none',
    'what callers without a token may do from anywhere: none, read or write',
  ),
  apiCors: withDefault<readonly string[]>(
    list(text('origin')),
    [],
    'origin whose pages may use the API, such as https://app.example, or *; repeatable',
  ),
  altda: optional(address(stackDefaults.altda), 'also serve the alt-DA interface of the OP Stack'),
  altdaNamespace: withDefault(
    text('namespace'),
    'op-alt-da',
    'what the alt-DA interface publishes under: 58 hex digits, or a name of up to 10 bytes',
  ),
  nitro: optional(
    address(stackDefaults.nitro),
    "also serve Arbitrum Nitro's interface of external DA providers",
  ),
  nitroNamespace: withDefault(
    text('namespace'),
    'nitro',
    "what Nitro's interface publishes under: 58 hex digits, or a name of up to 10 bytes",
  ),
  nitroJwt: optional(
    text('file'),
    "file with 32 bytes in hex: Nitro's interface lets in only callers with a JWT of this secret",
  ),
  celestia: optional(
    address(stackDefaults.celestia),
    "also serve blob.* and header.* of Celestia's node API",
  ),
  beacon: optional(address(stackDefaults.beacon), "also serve Ethereum's beacon endpoints for blobs"),
  threads: withDefault(integer('number', 1, 64), nodeDefaults.threads, 'worker threads for arithmetic'),
  kzg: withDefault(
    choice('backend', ['kernels', 'native', 'kzg-wasm']),
    'kernels',
    'what computes commitments and proofs: kernels, native or kzg-wasm',
  ),
  mempoolBytes: withDefault(
    integer('bytes', 1, 4 * GiB),
    nodeDefaults.mempoolBytes,
    'most bytes of blobs that may wait for a block',
  ),
  signingFloor: optional(
    integer('height', 1, Number.MAX_SAFE_INTEGER),
    'a validator signs nothing new below this height: for one whose signing records were lost (docs/recovery.md)',
  ),
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
  limits: withDefault<readonly Setting<LimitName>[]>(
    list(setting(Object.keys(defaultLimits) as LimitName[])),
    [],
    'another value for a limit of docs/operations.md, such as maxConnections=50; repeatable',
  ),
  oneAddress: withDefault(
    toggle,
    false,
    'many nodes share one address (a devnet): relaxes limits per address',
  ),
  logLevel: withDefault(
    choice('level', ['debug', 'info', 'warn', 'error', 'silent']),
    'info',
    'least level of log lines (JSON, on stderr)',
  ),
  untilStdinCloses: withDefault(
    toggle,
    false,
    'stop when standard input closes: ends with the program that started it',
  ),

  // ---- talking to a node
  api: withDefault(httpUrl, `http://${apiDefaults.host}:${apiDefaults.port}`, "URL of a node's API"),
  token: optional(text('token'), 'token for that API; better as WEFT_TOKEN than where others can read it'),
  deadlineMs: withDefault(integer('ms', 1, DAY_MS), 60_000, 'how long the command may take'),
  namespace: optional(text('namespace'), '58 hex digits, or a name of up to 10 bytes such as my-rollup'),
  aligned: withDefault(toggle, false, 'start and end at row boundaries: the rows commit to this blob alone'),
  raw: withDefault(
    toggle,
    false,
    'the file is whole rows of field elements (131,072 bytes each), kept bit for bit',
  ),
  wait: withDefault(
    choice('state', ['accepted', 'included', 'certified']),
    'certified',
    'return when the blob is accepted, included or certified',
  ),

  data: optional(text('file'), "the blob's bytes: checked against the receipt too"),

  // ---- tokens of the API
  label: withDefault(text('text'), 'token', 'what the token is for, for people'),
  right: withDefault(
    choice('right', ['read', 'write', 'admin']),
    'write',
    'what the token may do: read, write (and read) or admin (all)',
  ),
  tokenNamespaces: withDefault<readonly string[]>(
    list(text('namespace')),
    [],
    'namespace that the token may publish in, else all; repeatable',
  ),
  tokenRate: optional(integer('number', 1, 10_000_000), 'requests a minute that the token may make'),
  tokenAtOnce: optional(integer('number', 1, 100_000), 'requests at once that the token may make'),
  tokenBodyBytes: optional(integer('bytes', 1, GiB), 'bytes of a body that the token may send'),

  // ---- devnet
  file: withDefault<readonly string[]>(
    list(text('file')),
    [],
    'publish this file instead of the usual ones; repeatable',
  ),
  keep: withDefault(toggle, false, 'keep the folder with keys, databases, logs and events'),
} as const

export type OptionName = keyof typeof options

type ValueOf<O> =
  O extends Option<infer T, infer Default> ? (Default extends undefined ? T | undefined : T) : never
export type OptionValues = { readonly [Name in OptionName]: ValueOf<(typeof options)[Name]> }

const chain = [
  'name',
  'maxRows',
  'maxBands',
  'blockIntervalMs',
  'timeoutMs',
  'maxTimeoutMs',
  'idleIntervalMs',
  'sampleDeadlineMs',
  'custodyFull',
  'retentionMs',
] as const
const running = [
  'dir',
  'genesis',
  'listen',
  'announce',
  'bootnodes',
  'apiHost',
  'apiPort',
  'apiAnonymous',
  'apiCors',
  'threads',
  'kzg',
  'limits',
] as const
/** Interfaces of other stacks. */
const stacks = [
  'altda',
  'altdaNamespace',
  'nitro',
  'nitroNamespace',
  'nitroJwt',
  'celestia',
  'beacon',
] as const
const always = ['logLevel', 'untilStdinCloses', 'oneAddress', 'json', 'config'] as const

/** Which command takes which options, in the order in which its help shows them. */
export const commandOptions = {
  genesis: ['validators', 'out', ...chain, 'json', 'config'],
  init: ['dir', 'validator', 'passphraseFile', 'plainKey', 'weight', 'genesis', 'json', 'config'],
  node: [...running, ...stacks, 'passphraseFile', 'lockDir', 'mempoolBytes', 'signingFloor', ...always],
  'encrypt-key': ['dir', 'passphraseFile', 'json', 'config'],
  'signing-export': ['dir', 'genesis', 'passphraseFile', 'out', 'json', 'config'],
  'signing-import': ['dir', 'genesis', 'passphraseFile', 'json', 'config'],
  light: [
    ...running,
    'failureProbability',
    'backlogBlocks',
    'backlogBytes',
    'serveBytesPerMinute',
    'serveStreams',
    'pendingSamples',
    'samplesAtOnce',
    'tileRequests',
    'tileBytes',
    'relayBytes',
    'trusted',
    ...always,
  ],
  restore: [
    'out',
    'dir',
    'genesis',
    'listen',
    'announce',
    'bootnodes',
    'trusted',
    'deadlineMs',
    'threads',
    'kzg',
    'limits',
    'logLevel',
    'oneAddress',
    'json',
    'config',
  ],
  publish: ['namespace', 'aligned', 'raw', 'wait', 'api', 'token', 'deadlineMs', 'json', 'config'],
  get: ['out', 'api', 'token', 'deadlineMs', 'json', 'config'],
  status: ['api', 'token', 'deadlineMs', 'json', 'config'],
  receipt: ['out', 'api', 'token', 'deadlineMs', 'json', 'config'],
  verify: ['genesis', 'dir', 'data', 'json', 'config'],
  token: [
    'dir',
    'label',
    'right',
    'tokenNamespaces',
    'tokenRate',
    'tokenAtOnce',
    'tokenBodyBytes',
    'json',
    'config',
  ],
  devnet: ['file', 'keep', 'kzg', 'logLevel', 'json', 'config'],
  bench: ['json', 'config'],
} as const satisfies Record<string, readonly OptionName[]>

export type CommandName = keyof typeof commandOptions
export type OptionsOf<Command extends CommandName> = Pick<
  OptionValues,
  (typeof commandOptions)[Command][number]
>

/** `dataDir` as `data-dir`. */
export const flagName = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** `dataDir` as `WEFT_DATA_DIR`. */
export const variableName = (name: string): string =>
  `WEFT_${flagName(name).replaceAll('-', '_').toUpperCase()}`
