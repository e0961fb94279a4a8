import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { createAltDaApi } from '../../src/api/altda/api.ts'
import { ALT_DA_NAMESPACE_ID } from '../../src/api/altda/routes.ts'
import { namespaceOf } from '../../src/grid/blob.ts'
import { startApi, startChain } from '../api/stacks/support.ts'
import { runExample } from './support.ts'

const namespace = namespaceOf(ALT_DA_NAMESPACE_ID)

test('a deriver has the blocks that a batcher posted, keccak and generic, from another node', async (t) => {
  const chain = await startChain(t)
  const { facts, path, validator } = chain
  const full = await chain.addFullNode('full')
  const init = { chain: facts, namespace }
  const first = await startApi(t, createAltDaApi, { ...init, indexLocation: join(path, 'i1') }, validator)
  const second = await startApi(t, createAltDaApi, { ...init, indexLocation: join(path, 'i2') }, full)
  const inbox = join(path, 'inbox.txt')

  const posted: { state: string; frames: number }[] = []
  for (const mode of ['keccak', 'generic']) {
    const run = await runExample('op-batcher/batcher.ts', '--da', first.url, '--inbox', inbox, '--mode', mode)
    posted.push(run as { state: string; frames: number })
  }
  t.true(posted.every(({ frames }) => frames > 1))
  // A commitment to what nobody published: the chain goes on without it.
  appendFileSync(inbox, `0x0100${'ab'.repeat(32)}\n`)
  const expected = { blocks: 80, missing: 1, states: posted.map(({ state }) => state) }
  for (const { url } of [first, second]) {
    t.deepEqual(await runExample('op-batcher/deriver.ts', '--da', url, '--inbox', inbox), expected)
  }
})
