// What a validator answers to a blob that is brought to it: only what is wrong with the blob itself is called invalid,
// since whoever brought it counts that as a refusal.

import { join } from 'node:path'
import test from 'ava'
import { utf8 } from '../../src/base/bytes.ts'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { namespaceOf } from '../../src/grid/blob.ts'
import { createMempool } from '../../src/node/mempool.ts'
import { createServing, type ServingComponents } from '../../src/node/serving.ts'
import { SUBMISSION_CODE } from '../../src/node/submission-code.ts'
import { createStore } from '../../src/store/store.ts'
import { temporaryFolder } from './support.ts'

test('a validator whose disk is gone does not say of a blob that it is invalid', async (t) => {
  const folder = await temporaryFolder()
  const store = createStore({ location: join(folder.path, 'db') }, { log: silent, metrics: noMetrics })
  await store.open()
  const mempool = createMempool({ maxBytes: 1_000_000, maxRows: 4 }, { store, metrics: noMetrics })
  const serving = createServing(
    { chainId: new Uint8Array(32), custodyCount: 64, maxBands: 8, takesSubmissions: true },
    { mempool } as unknown as ServingComponents,
  )
  const blob = { namespace: namespaceOf(utf8('a')), flags: 0, data: new Uint8Array(10), after: [] }
  const codeOf = async (changes: Partial<typeof blob> = {}) =>
    (await serving.submit({ ...blob, ...changes }, 'peer')).code
  t.is(await codeOf(), SUBMISSION_CODE.accepted)
  t.is(await codeOf({ flags: 8 }), SUBMISSION_CODE.invalid)
  await store.close()
  t.is(await codeOf({ data: new Uint8Array(11) }), SUBMISSION_CODE.failed)
  await folder.remove()
})
