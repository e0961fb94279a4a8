// The commands of `weft`: the words of their help, and where each lives. A command is loaded when it is called, so that
// `weft --help` does not load a network.

import type { Command } from './context.ts'
import type { CommandName } from './options/command-options.ts'

export interface CommandEntry<Name extends CommandName = CommandName> {
  readonly summary: string
  readonly description: string
  readonly argument?: { readonly name: string; readonly describe: string }
  /** A command line, and what it does. */
  readonly examples: readonly (readonly [string, string])[]
  readonly load: () => Promise<Command<Name>>
}

export type Commands = { readonly [Name in CommandName]: CommandEntry<Name> }

export const commands: Commands = {
  devnet: {
    summary: 'run a network of 8 processes here, and show what it does',
    description:
      'Runs 4 validators, a full node and 3 light nodes on this machine, each its own process, publishes files as ' +
      'three rollups, shows how they are spread, certified, sampled and read back, then stops a validator and ' +
      'withholds a block. Ends with 0 only if everything it claims was seen to hold.',
    examples: [
      ['weft devnet', 'with files of the program itself'],
      ['weft devnet --file a.bin --file b.bin', 'with files of your own'],
      ['weft devnet --json | tail -n 1', 'for programs: one JSON object as the last line'],
    ],
    load: async () => (await import('./commands/devnet.ts')).devnet,
  },
  init: {
    summary: "make a node's folder with its keys",
    description:
      "Makes a node's folder: its network identity and, with --validator, a BLS key and validator.json, which is what\n" +
      'you hand to whoever makes the genesis. Keys are readable by you alone. What is there already is kept.',
    examples: [
      ['weft init --dir alice --validator', 'a validator: give away alice/validator.json'],
      ['weft init --dir bob --genesis genesis.json', 'a full or light node of an existing chain'],
    ],
    load: async () => (await import('./commands/init.ts')).init,
  },
  genesis: {
    summary: 'make the genesis of a chain',
    description:
      'Makes a genesis file from the public files of its validators, or, with --validators, a whole network of your own: ' +
      'genesis.json and a folder with keys for each validator. The hash of the genesis is the chain id.',
    argument: { name: '[validators...]', describe: 'validator.json files, in the order of the validators' },
    examples: [
      [
        'weft genesis alice/validator.json bob/validator.json carol/validator.json --out genesis.json',
        'from files that three validators handed in',
      ],
      ['weft genesis --validators 4 --out my-chain', 'my-chain/genesis.json and my-chain/validator-1 to -4'],
    ],
    load: async () => (await import('./commands/genesis.ts')).genesis,
  },
  node: {
    summary: 'run a full node, or a validator',
    description:
      'Runs a full node: follows the chain, keeps its columns, serves tiles, takes and reads blobs over its API. With a ' +
      'validator key in its folder that the genesis names it also proposes and votes. Ctrl-C stops it in order.',
    examples: [
      ['weft node --dir alice --genesis genesis.json', 'the first node of a chain'],
      [
        'weft node --dir bob --bootnodes /ip4/203.0.113.5/tcp/26700/p2p/12D3KooW...',
        'join through a node that you know',
      ],
      ['WEFT_API_PORT=0 weft node --dir carol --json', 'print where the API listens as JSON, for a program'],
    ],
    load: async () => (await import('./commands/node.ts')).node,
  },
  'encrypt-key': {
    summary: "encrypt a validator's key that lies there plain",
    description:
      'Turns validator.key of a folder into validator.keystore.json (EIP-2335) and removes the plain file, after the new ' +
      'one was seen to open.',
    examples: [
      ['weft encrypt-key --dir alice', 'asks for a passphrase'],
      ['weft encrypt-key --dir alice --passphrase-file /run/secrets/weft', 'takes it from a file'],
    ],
    load: async () => (await import('./commands/encrypt-key.ts')).encryptKeyCommand,
  },
  'signing-export': {
    summary: 'write out what a validator has signed',
    description:
      'Writes the signing record of a stopped validator into a file: take it along when its key moves to another machine, ' +
      'or validators that sign twice may break the chain.',
    examples: [['weft signing-export --dir alice --out alice-signed.json', 'and never start alice again']],
    load: async () => (await import('./commands/signing.ts')).signingExport,
  },
  'signing-import': {
    summary: 'read in what a validator has signed elsewhere',
    description:
      'Adds a signing record to the database of a stopped validator. At heights that the record covers nothing new is ' +
      'signed afterwards; a record that contradicts what is there is refused.',
    argument: { name: '<file>', describe: 'made by weft signing-export' },
    examples: [['weft signing-import alice-signed.json --dir alice', 'before the first start there']],
    load: async () => (await import('./commands/signing.ts')).signingImport,
  },
  light: {
    summary: 'run a light node, which samples',
    description:
      'Runs a light node: checks certificates, draws random tiles of every block from several peers, verifies each, and ' +
      'says of a block "available" or "unavailable". Needs little of everything.',
    examples: [
      ['weft light --dir me --bootnodes /ip4/203.0.113.5/tcp/26700/p2p/12D3KooW...', 'sample from now on'],
      ['weft light --dir me --failure-probability 1e-9', 'draw more tiles, be fooled less'],
    ],
    load: async () => (await import('./commands/light.ts')).light,
  },
  publish: {
    summary: 'publish a file as a blob',
    description:
      'Publishes a file through a node and waits for its certificate. The namespace is a label that anybody may use, not ' +
      'a proof of who published. When the time runs out the blob may still be included: ask weft status <blobId>.',
    argument: { name: '<file>', describe: 'the file, or - for standard input' },
    examples: [
      ['weft publish batch.bin --namespace my-rollup', 'and wait until it is certified'],
      [
        'zstd -c batch | weft publish - --namespace my-rollup --wait accepted',
        'from a pipe, without waiting',
      ],
    ],
    load: async () => (await import('./commands/publish.ts')).publish,
  },
  restore: {
    summary: 'bring a block back from light nodes',
    description:
      'Restores a final block that nobody serves any more from what light nodes sampled of it, and writes its blobs into a ' +
      'new folder, each named by its blobId. Ends with 4 where too few light nodes could be found, and says how many ' +
      'would be enough.',
    argument: { name: '<height>', describe: 'height of the block' },
    examples: [
      [
        'weft restore 1234 --dir me --bootnodes /ip4/203.0.113.5/tcp/26700/p2p/12D3KooW... --out block-1234',
        'beginning with one light node that is still there',
      ],
    ],
    load: async () => (await import('./commands/restore.ts')).restore,
  },
  get: {
    summary: 'read a blob back',
    description:
      'Reads a blob through a node and checks that its bytes hash to the blobId. "Not found" (exit code 3) is said only ' +
      'when that is sure; otherwise it is "not now" (exit code 4).',
    argument: { name: '<blobId>', describe: '64 hex digits' },
    examples: [
      ['weft get 5e1f...c0 --out batch.bin', 'into a new file'],
      ['weft get 5e1f...c0 | zstd -d', 'into a pipe'],
    ],
    load: async () => (await import('./commands/get.ts')).get,
  },
  status: {
    summary: 'ask a node, or after a blob',
    description: 'Shows the state of a node, or where the publication of a blob stands.',
    argument: { name: '[blobId]', describe: 'a blob to ask for, 64 hex digits' },
    examples: [
      ['weft status', 'the node on this machine'],
      ['weft status 5e1f...c0 --json', 'a blob: unknown, accepted, included, certified or failed'],
    ],
    load: async () => (await import('./commands/status.ts')).status,
  },
  receipt: {
    summary: 'fetch the proof that a blob is certified',
    description:
      'Fetches the receipt of a certified blob from a node: headers, certificate, path of the entry, commitments. It is ' +
      'checked offline by weft verify, and needs no node any more.',
    argument: { name: '<blobId>', describe: '64 hex digits' },
    examples: [['weft receipt 5e1f...c0 --out receipt.json', 'into a new file']],
    load: async () => (await import('./commands/receipt.ts')).receipt,
  },
  verify: {
    summary: 'check a receipt, offline',
    description:
      'Checks that a receipt holds, from the genesis of the chain alone: that the block is final, that the blob is in it, ' +
      'and, with --data, that these are its bytes. Exit code 3 where it does not hold. It proves that the blob was ' +
      'certified, not that its bytes can still be had.',
    argument: { name: '<receipt>', describe: 'the file, JSON or SSZ' },
    examples: [
      ['weft verify receipt.json --genesis genesis.json', 'that the blob is certified'],
      ['weft verify receipt.json --genesis genesis.json --data batch.bin', 'and that these are its bytes'],
    ],
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  token: {
    summary: "make, list and revoke tokens of a node's API",
    description:
      "Tokens say who may use a node's API. While there is none it answers its own machine only; from the first on it " +
      'wants one from everybody. A running node notices within a second or so. Kept are hashes: a token is shown once.',
    argument: { name: '<action...>', describe: 'create, list, or revoke <id>' },
    examples: [
      [
        'weft token create --dir alice --label batcher --right write --token-namespaces my-rollup',
        'for a rollup',
      ],
      ['weft token list --dir alice', 'ids, rights and labels'],
      ['weft token revoke 0123456789ab --dir alice', 'from now on'],
    ],
    load: async () => (await import('./commands/token.ts')).token,
  },
  bench: {
    summary: 'measure KZG on this machine',
    description:
      'Measures commitments, cells, proofs, restoring and verification on one thread of this machine, in 10 s or so. ' +
      '`npm run bench` in the repository measures other libraries beside ours.',
    examples: [['weft bench --json', 'for programs: {"ok":true,"machine":{..},"results":[..]}']],
    load: async () => (await import('./commands/bench.ts')).bench,
  },
}
