// Options of a running node: how it is reached, what other stacks it speaks to, what it works with.

import { apiDefaults } from '../../api/defaults.ts'
import { stackDefaults } from '../../api/stacks/stack.ts'
import { defaultLimits, type LimitName } from '../../network/limits.ts'
import { nodeDefaults } from '../../node/init.ts'
import { address, choice, integer, list, multiaddr, type Setting, setting, text, toggle } from './kinds.ts'
import { GiB, optional, withDefault } from './option.ts'

/** How it is reached. */
export const addressOptions = {
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
} as const

/** Interfaces of other stacks. */
export const stackOptions = {
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
} as const

/** What it works with. */
export const workOptions = {
  threads: withDefault(
    integer('number', 1, 64),
    nodeDefaults.threads,
    'worker threads for arithmetic; a validator has one more',
  ),
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
} as const

/** Of the process and its limits. */
export const processOptions = {
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
} as const
