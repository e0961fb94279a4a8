// Which command takes which options.

import type { OptionName, OptionValues } from './table.ts'

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
