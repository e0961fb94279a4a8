// A program of somebody else's that uses the installed package: a chain of one validator that certifies a blob, a
// light node that samples it, and KZG by itself. Prints one line of JSON; ends by itself.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import * as weft from 'weft-da'
import { createKzg } from 'weft-da/kzg'

const folder = await mkdtemp(join(tmpdir(), 'weft-one-'))
const bls = weft.createBlstBls()
const validatorKey = weft.secretKeyOfSeed(crypto.getRandomValues(new Uint8Array(32)))
const key = await generateKeyPair('Ed25519')
const genesis = weft.createGenesis({
  name: 'one',
  timestamp: Date.now(),
  blockIntervalMs: 200,
  idleIntervalMs: 500,
  validators: [
    {
      publicKey: bls.publicKeyOf(validatorKey),
      possession: bls.provePossession(validatorKey),
      peerId: peerIdFromPrivateKey(key).toMultihash().bytes,
      weight: 1,
    },
  ],
})
weft.validateGenesis(genesis, bls)

const common = {
  ...weft.nodeDefaults,
  genesis,
  devnet: true,
  listen: ['/ip4/127.0.0.1/tcp/0'],
  kzg: 'kernels',
}
const components = { log: weft.silent, metrics: weft.noMetrics }
const full = weft.createFullNode(
  { ...common, dataDir: join(folder, 'full'), peerKey: privateKeyToProtobuf(key), validatorKey },
  components,
)
await full.start()
const light = weft.createLightNode(
  {
    ...common,
    dataDir: join(folder, 'light'),
    peerKey: privateKeyToProtobuf(await generateKeyPair('Ed25519')),
    bootnodes: (await full.status()).addresses,
  },
  components,
)
await light.start()

const data = new TextEncoder().encode('a blob of an application')
const { blobId } = await full.submit({ namespace: weft.namespaceOf(data.slice(0, 5)), data, flags: 0 })
const until = async (probe) => {
  for (let waited = 0; waited < 60_000; waited += 100) {
    const value = await probe()
    if (value) return value
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('expected the network to get there within 60 s')
}
const certified = await until(async () => {
  const state = await full.blobState(blobId)
  return state.state === 'certified' && state
})
const read = await full.read(blobId, { signal: AbortSignal.timeout(10_000) })
const follows = await until(async () => {
  const { final } = await light.status()
  return final !== undefined && final.height >= certified.height
})
const kzg = await createKzg({ role: 'committer' })
const commitment = kzg.blobToKzgCommitment(new Uint8Array(131_072))
await light.stop()
await full.stop()
await rm(folder, { recursive: true, force: true })
console.log(
  JSON.stringify({
    node: process.versions.node,
    read: read.found && new TextDecoder().decode(read.data),
    follows,
    infinity: commitment[0] === 0xc0,
  }),
)
process.exit(0)
