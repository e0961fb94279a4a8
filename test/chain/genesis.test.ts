import test from 'ava'
import { toHex } from '../../src/base/bytes.ts'
import { WeftError } from '../../src/base/error.ts'
import { chainOf, leaderAt, versionAt } from '../../src/chain/chain.ts'
import { type Genesis, GenesisType } from '../../src/chain/containers.ts'
import {
  deserializeGenesis,
  genesisDefaults,
  serializeGenesis,
  validateGenesis,
} from '../../src/chain/genesis.ts'
import { genesisFromJson, genesisToJson, parseGenesis } from '../../src/chain/genesis-json.ts'
import { isPeerId, peerIdBytes, peerIdText } from '../../src/chain/peer-id.ts'
import { bls, fixtureChain, peerIdOf } from './fixture.ts'

const chain = fixtureChain()
const { genesis } = chain

test('a genesis with the defaults is valid, and its JSON and SSZ forms lead back to it', (t) => {
  t.notThrows(() => validateGenesis(genesis, bls))
  t.deepEqual(genesisFromJson(JSON.parse(JSON.stringify(genesisToJson(genesis))), bls), genesis)
  t.deepEqual(parseGenesis(JSON.stringify(genesisToJson(genesis))), genesis)
  t.deepEqual(deserializeGenesis(serializeGenesis(genesis)), genesis)
})

test('the defaults are those of the design', (t) => {
  t.deepEqual(genesisDefaults, {
    maxRows: 64,
    maxBands: 8,
    blockIntervalMs: 2_000,
    timeoutMs: 10_000,
    maxTimeoutMs: 60_000,
    idleIntervalMs: 10_000,
    sampleDeadlineMs: 10_000,
    custodyFull: 8,
    retentionMs: 1_209_600_000,
  })
})

test('every field of genesis is part of the chain id', (t) => {
  const ids = new Set([toHex(chain.chainId)])
  const changes: Partial<Genesis>[] = [
    { name: new Uint8Array([65]) },
    { timestamp: 1 },
    { maxRows: 1 },
    { maxBands: 1 },
    { blockIntervalMs: 1 },
    { timeoutMs: 1 },
    { maxTimeoutMs: 61_000 },
    { idleIntervalMs: 1 },
    { sampleDeadlineMs: 1 },
    { custodyFull: 1 },
    { retentionMs: 1 },
    { versions: [{ height: 0, version: 2 }] },
    { validators: genesis.validators.toReversed() },
  ]
  t.deepEqual(changes.flatMap((change) => Object.keys(change)).sort(), Object.keys(GenesisType.fields).sort())
  for (const change of changes) ids.add(toHex(chainOf({ ...genesis, ...change }).chainId))
  t.is(ids.size, changes.length + 1)
})

const [first, second] = genesis.validators as [Genesis['validators'][0], Genesis['validators'][0]]
const wrong: readonly [title: string, code: string, path: string, change: Partial<Genesis>][] = [
  ['an empty name', 'out-of-range', 'name', { name: new Uint8Array() }],
  ['a name with a slash', 'out-of-range', 'name', { name: new TextEncoder().encode('a/b') }],
  ['a timestamp of zero', 'out-of-range', 'timestamp', { timestamp: 0 }],
  ['no rows', 'out-of-range', 'maxRows', { maxRows: 0 }],
  ['257 rows', 'out-of-range', 'maxRows', { maxRows: 257 }],
  ['bands that are no power of two', 'out-of-range', 'maxBands', { maxBands: 6 }],
  ['128 bands', 'out-of-range', 'maxBands', { maxBands: 128 }],
  ['no bands', 'out-of-range', 'maxBands', { maxBands: 0 }],
  ['no custody', 'out-of-range', 'custodyFull', { custodyFull: 0 }],
  ['a custody of 129 columns', 'out-of-range', 'custodyFull', { custodyFull: 129 }],
  ['an interval of zero', 'out-of-range', 'blockIntervalMs', { blockIntervalMs: 0 }],
  [
    'an interval that timestamps cannot follow',
    'out-of-range',
    'blockIntervalMs',
    { blockIntervalMs: 60_001 },
  ],
  ['a heartbeat that timestamps cannot follow', 'out-of-range', 'idleIntervalMs', { idleIntervalMs: 60_001 }],
  ['a timeout above the greatest', 'out-of-range', 'timeoutMs', { timeoutMs: 60_001 }],
  ['a timeout that is no integer', 'out-of-range', 'timeoutMs', { timeoutMs: 0.5 }],
  ['a retention of zero', 'out-of-range', 'retentionMs', { retentionMs: 0 }],
  ['no versions', 'out-of-range', 'versions.length', { versions: [] }],
  ['versions from height 1 on', 'versions', 'versions', { versions: [{ height: 1, version: 1 }] }],
  [
    'versions that do not ascend',
    'versions',
    'versions[1]',
    {
      versions: [
        { height: 0, version: 2 },
        { height: 5, version: 2 },
      ],
    },
  ],
  [
    'heights of versions that do not ascend',
    'versions',
    'versions[2]',
    {
      versions: [
        { height: 0, version: 1 },
        { height: 5, version: 2 },
        { height: 5, version: 3 },
      ],
    },
  ],
  [
    'a version of 17 bits',
    'out-of-range',
    'versions[0].version',
    { versions: [{ height: 0, version: 65_536 }] },
  ],
  ['no validators', 'out-of-range', 'validators.length', { validators: [] }],
  ['1,025 validators', 'out-of-range', 'validators.length', { validators: Array(1_025).fill(first) }],
  ['a weight of zero', 'out-of-range', 'validators[0].weight', { validators: [{ ...first, weight: 0 }] }],
  [
    'a total weight of 2^32',
    'out-of-range',
    'total weight',
    {
      validators: [
        { ...first, weight: 2 ** 31 },
        { ...second, weight: 2 ** 31 },
      ],
    },
  ],
  [
    'one key twice',
    'duplicate',
    'validators[1].publicKey',
    { validators: [first, { ...first, peerId: peerIdOf(1) }] },
  ],
  [
    'one peer id twice',
    'duplicate',
    'validators[1].peerId',
    { validators: [first, { ...second, peerId: first.peerId }] },
  ],
  [
    'a peer id that is none',
    'peer-id',
    'validators[0].peerId',
    { validators: [{ ...first, peerId: new Uint8Array(38) }] },
  ],
  [
    'another key’s possession',
    'possession',
    'validators[0].possession',
    { validators: [{ ...first, possession: second.possession }] },
  ],
  [
    'a key at infinity',
    'possession',
    'validators[0].possession',
    { validators: [{ ...first, publicKey: Uint8Array.from([0xc0, ...new Uint8Array(47)]) }] },
  ],
]
for (const [title, code, path, change] of wrong) {
  test(`genesis is refused for ${title}`, (t) => {
    const error = t.throws(() => validateGenesis({ ...genesis, ...change }, bls), { instanceOf: WeftError })
    t.is(error?.code, code)
    t.deepEqual(error?.data, { path })
  })
}

const json = genesisToJson(genesis)
const [jsonValidator] = json.validators
const malformed: readonly [title: string, code: string, path: string, json: unknown][] = [
  ['no object', 'malformed', 'genesis', []],
  ['null', 'malformed', 'genesis', null],
  ['an unknown field', 'malformed', 'genesis', { ...json, maxrows: 3 }],
  ['a missing number', 'malformed', 'maxRows', { ...json, maxRows: undefined }],
  ['a number in quotes', 'malformed', 'maxRows', { ...json, maxRows: '64' }],
  ['a name that is no text', 'malformed', 'name', { ...json, name: 5 }],
  ['versions that are no list', 'malformed', 'versions', { ...json, versions: {} }],
  ['validators that are no list', 'malformed', 'validators', { ...json, validators: 'none' }],
  [
    'a short key',
    'malformed',
    'validators[0].publicKey',
    { ...json, validators: [{ ...jsonValidator, publicKey: '0x00' }] },
  ],
  [
    'a key that is not hex',
    'malformed',
    'validators[0].publicKey',
    { ...json, validators: [{ ...jsonValidator, publicKey: 'zz' }] },
  ],
  [
    'a peer id that is none',
    'peer-id',
    'validators[0].peerId',
    { ...json, validators: [{ ...jsonValidator, peerId: 'Qm' }] },
  ],
  [
    'a weight of zero',
    'out-of-range',
    'validators[0].weight',
    { ...json, validators: [{ ...jsonValidator, weight: 0 }] },
  ],
]
for (const [title, code, path, value] of malformed) {
  test(`the JSON form of genesis is refused for ${title}`, (t) => {
    const error = t.throws(() => genesisFromJson(value), { instanceOf: WeftError })
    t.is(error?.code, code)
    t.deepEqual(error?.data, { path })
  })
}

test('text and bytes that are no genesis are refused', (t) => {
  t.throws(() => parseGenesis('{'), { code: 'malformed' })
  t.throws(() => deserializeGenesis(new Uint8Array(10)), { code: 'malformed' })
  t.throws(() => deserializeGenesis(serializeGenesis(genesis).slice(0, -1)), { code: 'malformed' })
})

test('versions and leaders follow from genesis by height', (t) => {
  const versions = [
    { height: 0, version: 1 },
    { height: 10, version: 3 },
  ]
  t.deepEqual(
    [1, 9, 10, 1e9].map((height) => versionAt({ versions }, height)),
    [1, 1, 3, 3],
  )
  t.deepEqual(
    [1, 2, 3, 4, 5].map((height) => leaderAt(genesis, height)),
    [0, 1, 2, 3, 0],
  )
})

test('peer ids of all key types go between text and bytes, anything else is refused', (t) => {
  const texts = [
    '12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA',
    'QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC',
    '16Uiu2HAkutTMoTzDw1tCvSRtu6YoixJwS46S1ZFxW8hSx9fWHiPs',
  ]
  for (const text of texts) {
    const bytes = peerIdBytes(text)
    t.truthy(bytes, text)
    t.is(peerIdText(bytes!), text)
    t.true(isPeerId(bytes!))
    t.false(isPeerId(bytes!.slice(0, -1)))
    t.false(isPeerId(Uint8Array.from([...bytes!, 0])))
  }
  t.is(peerIdBytes('12D3KooW'), undefined)
  t.is(peerIdBytes(''), undefined)
  t.is(peerIdText(new Uint8Array()), undefined)
})
