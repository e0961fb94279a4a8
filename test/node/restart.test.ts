// A node that was killed between making a block final and forgetting its blobs does not bring them into a second block.

import { join } from 'node:path'
import test from 'ava'
import { utf8 } from '../../src/base/bytes.ts'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { namespaceOf } from '../../src/grid/blob.ts'
import { createStore } from '../../src/store/store.ts'
import { temporaryFolder, testChain, testFullNode, until } from './support.ts'

test('a blob that is final is no longer waiting after a restart, whatever the disk says', async (t) => {
  t.timeout(90_000)
  const folder = await temporaryFolder()
  const chain = await testChain(1)
  const dataDir = join(folder.path, 'v')
  const blob = { namespace: namespaceOf(utf8('once')), data: new Uint8Array(500).fill(4), flags: 0 }
  const first = await testFullNode(chain, { dataDir, validator: chain.validators[0]! })
  let second: typeof first | undefined
  try {
    await first.node.start()
    const { blobId } = await first.node.submit(blob)
    await until(
      'the certificate',
      60_000,
      async () => (await first.node.blobState(blobId)).state === 'certified',
    )
    await first.node.stop()

    const store = createStore({ location: join(dataDir, 'db') }, { log: silent, metrics: noMetrics })
    await store.open()
    await store.putSubmission(blobId, blob)
    await store.close()

    second = await testFullNode(chain, { dataDir, validator: chain.validators[0]! })
    await second.node.start()
    t.is((await second.node.status()).pendingBlobs, 0)
    t.is((await second.node.blobState(blobId)).state, 'certified')
  } finally {
    await first.node.stop()
    await second?.node.stop()
    await folder.remove()
  }
})
