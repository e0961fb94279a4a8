// Asking peers for columns: how requests are spread, and what becomes of answers that are not what was asked for.

import test from 'ava'
import { utf8 } from '../../src/base/bytes.ts'
import { silent } from '../../src/base/log.ts'
import type { Column } from '../../src/chain/containers.ts'
import type { Network, Peer } from '../../src/chain/ports.ts'
import { namespaceOf } from '../../src/grid/blob.ts'
import { gatherColumns, planRequests } from '../../src/node/gather-columns.ts'
import { createBlocks, testEngine } from './blocks.ts'
import { testChain } from './support.ts'

const peerOf = (id: string, custody: readonly number[], isValidator = false): Peer => ({
  id,
  custody: new Set(custody),
  isValidator,
})

const range = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i)

const chain = await testChain(1)
const engine = testEngine(chain)
const blocks = createBlocks(chain, engine)
const block = await blocks.block({ height: 1 }, [
  { namespace: namespaceOf(utf8('g')), data: new Uint8Array(5_000).fill(3), flags: 0 },
])
test.after.always(() => engine.close())

/** A network of peers that answer with functions. */
const networkOf = (peers: Readonly<Record<string, (indices: readonly number[]) => readonly Column[]>>) => {
  const penalties: string[] = []
  const asked: string[] = []
  const network = {
    peers: () => Object.keys(peers).map((id) => peerOf(id, range(0, 128))),
    penalize: (peer, code) => penalties.push(`${peer} ${code}`),
    request: {
      columns: async (peer, { indices }) => {
        asked.push(peer)
        return peers[peer]!(indices)
      },
    } as Pick<Network['request'], 'columns'> as Network['request'],
  } satisfies Pick<Network, 'peers' | 'penalize' | 'request'>
  return { network, penalties, asked }
}

const gather = async (
  peers: Parameters<typeof networkOf>[0],
  wanted: readonly number[],
  ms: number,
): Promise<{ columns: Map<number, Column>; penalties: string[]; asked: string[] }> => {
  const columns = new Map<number, Column>()
  const { network, penalties, asked } = networkOf(peers)
  await gatherColumns(
    {
      root: block.root,
      header: block.proposal.header,
      columns,
      wanted,
      done: () => wanted.every((index) => columns.has(index)),
    },
    { network, engine, log: silent },
    AbortSignal.timeout(ms),
  )
  return { columns, penalties, asked }
}

test('requests go to keepers first, evenly, sixteen columns at most in one', (t) => {
  const peers = [peerOf('a', range(0, 64)), peerOf('b', range(0, 64)), peerOf('v', range(64, 64), true)]
  const plan = new Map(planRequests({ wanted: range(0, 128), columns: new Map() }, peers, new Map()))
  t.deepEqual([...plan.values()].map(({ length }) => length).sort(), [16, 16, 16])
  t.true(plan.get('a')!.every((index) => index < 64))
  t.true(plan.get('v')!.every((index) => index >= 64))
})

test('what nobody keeps is asked of validators, what is here of nobody, and who failed thrice of nothing', (t) => {
  const peers = [peerOf('a', [1]), peerOf('v', [], true), peerOf('w', [], true)]
  const here = new Map([[1, block.columns[1]!]])
  const plan = new Map(planRequests({ wanted: [1, 2], columns: here }, peers, new Map([['w', 3]])))
  t.deepEqual([...plan], [['v', [2]]])
  t.deepEqual(planRequests({ wanted: [1, 2], columns: here }, [peerOf('a', [1])], new Map()), [])
})

test('a column under a header that is not the signed one is kept under the signed one, or refused', async (t) => {
  const { message, signature } = block.proposal.header
  const forged = (header: Column['header']) => (indices: readonly number[]) =>
    indices.map((index) => ({ ...block.columns[index]!, header }))
  const otherHeight = forged({ message: { ...message, height: 77 }, signature })
  const refused = await gather({ liar: otherHeight }, [4, 5], 500)
  t.is(refused.columns.size, 0)
  t.deepEqual(refused.penalties, ['liar column-other-block'])

  const noSignature = forged({ message, signature: new Uint8Array(96).fill(1) })
  const taken = await gather({ careless: noSignature }, [4, 5], 5_000)
  t.deepEqual([...taken.columns.keys()].sort(), [4, 5])
  for (const column of taken.columns.values()) t.deepEqual(column.header.signature, signature)
})

test('who sends other bytes is blamed and not asked again; others fill the gap', async (t) => {
  const { columns, penalties, asked } = await gather(
    {
      bad: (indices) =>
        indices.map((index) => ({
          ...block.columns[index]!,
          cells: block.columns[index]!.cells.map((cell) => cell.slice().fill(0)),
        })),
      good: (indices) => indices.map((index) => block.columns[index]!),
    },
    range(0, 8),
    5_000,
  )
  t.is(columns.size, 8)
  t.true(penalties.length > 0 && penalties.every((penalty) => penalty.startsWith('bad column-')))
  t.is(asked.filter((peer) => peer === 'bad').length, 1)
})

test('a peer that had nothing at first is asked again', async (t) => {
  const begun = Date.now()
  const late = (indices: readonly number[]) =>
    Date.now() - begun < 2_000 ? [] : indices.map((index) => block.columns[index]!)
  const { columns, penalties } = await gather({ late }, [9], 8_000)
  t.true(columns.has(9))
  t.deepEqual(penalties, [])
})
