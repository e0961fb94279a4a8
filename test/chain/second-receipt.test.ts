// What a second implementation, which shares nothing with ours, says of the published receipts: the same, in both forms.

import { readFileSync } from 'node:fs'
import test from 'ava'
import { genesisRoot, type SecondReceipt, secondFromSsz, secondVerdict } from './second-receipt.ts'

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8'))
const genesis = read('genesis')
const { cases } = read('receipts') as {
  readonly cases: readonly {
    readonly name: string
    readonly json: SecondReceipt
    readonly ssz: string
    readonly data?: string
    readonly verdict: string
  }[]
}
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.slice(2), 'hex'))

test('the second implementation finds the same chain id', (t) => {
  t.is(`0x${genesisRoot(genesis.json).toString('hex')}`, genesis.chainId)
})

for (const { name, json, ssz, data, verdict } of cases) {
  test(`a receipt ${name}, by the second implementation: ${verdict}`, (t) => {
    t.deepEqual(secondFromSsz(bytes(ssz)), json)
    t.is(secondVerdict(json, genesis.json, data === undefined ? undefined : bytes(data)), verdict)
  })
}

test('any field of a good receipt changed, and the second implementation refuses it as ours does', (t) => {
  const good = cases[0]!.json
  const [header] = good.headers
  const lies: readonly (readonly [string, SecondReceipt])[] = [
    ['not-certified', { ...good, headers: [{ ...header!, dataRoot: '11'.repeat(32) }] }],
    ['entry-path', { ...good, entry: { ...good.entry, length: good.entry.length + 1 } }],
    ['signature', { ...good, certificate: { ...good.certificate, signers: '1111' } }],
    ['quorum', { ...good, certificate: { ...good.certificate, signers: '1000' } }],
  ]
  for (const [code, lie] of lies) t.is(secondVerdict(lie, genesis.json), code)
})
