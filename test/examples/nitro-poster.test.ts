import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { createNitroApi } from '../../src/api/nitro/api.ts'
import { NITRO_NAMESPACE_ID } from '../../src/api/nitro/methods.ts'
import { WeftError } from '../../src/base/error.ts'
import { namespaceOf } from '../../src/grid/blob.ts'
import { startApi, startChain } from '../api/stacks/support.ts'
import { fullNode } from '../api/support.ts'
import { runExample } from './support.ts'

const namespace = namespaceOf(NITRO_NAMESPACE_ID)

test('a reader has the batches that a poster stored, from another node, and those it had to put elsewhere', async (t) => {
  const chain = await startChain(t)
  const { facts, path, validator } = chain
  const init = { chain: facts, namespace }
  const full = await chain.addFullNode('full')
  const first = await startApi(t, createNitroApi, init, validator)
  const second = await startApi(t, createNitroApi, init, full)
  const inbox = join(path, 'inbox.txt')
  const { hashes } = (await runExample('nitro-poster/poster.ts', '--da', first.url, '--inbox', inbox)) as {
    hashes: string[]
  }
  t.is(hashes.length, 3)

  // A provider that has no room: the poster goes on with its next writer.
  const busy = await startApi(
    t,
    createNitroApi,
    init,
    fullNode({
      submit: async () => {
        throw new WeftError('queue-full', 'on command', undefined)
      },
    }),
  )
  const elsewhere = (await runExample(
    'nitro-poster/poster.ts',
    ...['--da', busy.url, '--inbox', inbox, '--batches', '1', '--bytes', '1000'],
  )) as { hashes: string[] }
  // A certificate of nothing is an empty batch.
  appendFileSync(inbox, `0x${'00'.repeat(40)}017700${'00'.repeat(7)}01${'ab'.repeat(32)}\n`)
  const expected = { hashes: [...hashes, ...elsewhere.hashes, null] }
  for (const { url } of [first, second]) {
    t.deepEqual(await runExample('nitro-poster/reader.ts', '--da', url, '--inbox', inbox), expected)
  }
})
