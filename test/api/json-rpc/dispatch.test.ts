// JSON-RPC 2.0 to the letter (sections 4 to 6 of its specification), limits, and errors without their insides.

import test from 'ava'
import { Type } from 'typebox'
import { createDispatcher, MAX_BATCH, MAX_BATCH_CHARACTERS } from '../../../src/api/json-rpc/dispatch.ts'
import { rpcError } from '../../../src/api/json-rpc/errors.ts'
import { createMethod, optionalParam, param } from '../../../src/api/json-rpc/method.ts'
import { withDiscovery } from '../../../src/api/json-rpc/openrpc.ts'
import { silent } from '../../../src/base/log.ts'

const caller = {
  signal: new AbortController().signal,
  authorizeCharacters: () => {},
  admitCalls: () => {},
  authorize: () => {},
  authorizeNamespace: () => {},
}

const setup = (maxCalls = 8) => {
  const seen: unknown[] = []
  const gate = Promise.withResolvers<void>()
  const methods = [
    createMethod({
      name: 'subtract',
      summary: 'a - b',
      right: 'read',
      params: [
        param('minuend', Type.Integer(), 'from this'),
        optionalParam('subtrahend', Type.Integer({ minimum: 0 }), 'this'),
      ],
      result: { name: 'difference', schema: Type.Integer() },
      run: async ([a, b = 1]) => {
        seen.push([a, b])
        return a - b
      },
    }),
    createMethod({
      name: 'wait',
      summary: 'until the test lets it go',
      right: 'write',
      params: [],
      result: { name: 'nothing', schema: Type.Null() },
      run: () => gate.promise,
    }),
    createMethod({
      name: 'repeat',
      summary: 'a long answer',
      right: 'read',
      params: [param('times', Type.Integer(), 'characters')],
      result: { name: 'text', schema: Type.String() },
      run: async ([times]) => {
        seen.push(times)
        return 'x'.repeat(times)
      },
    }),
    createMethod({
      name: 'fail',
      summary: 'always',
      right: 'read',
      params: [param('how', Type.String(), 'said or not')],
      result: { name: 'nothing', schema: Type.Null() },
      run: async ([how]) => {
        throw how === 'said' ? rpcError(7, 'as it is') : new Error('secret path')
      },
    }),
  ]
  const discovered = withDiscovery({ title: 'Test', description: 'of the dispatcher' }, methods)
  const dispatcher = createDispatcher({ maxCalls }, { methods: discovered.methods, log: silent })
  const ask = async (message: unknown) => {
    const text = typeof message === 'string' ? message : JSON.stringify(message)
    const answer = await dispatcher.answer(text, caller)
    return answer === undefined ? undefined : JSON.parse(answer)
  }
  return { ask, seen, gate, document: discovered.document }
}
const call = (method: string, params?: unknown, id: unknown = 1) => ({ jsonrpc: '2.0', method, params, id })

test('params by position, by name, and left out', async (t) => {
  const { ask } = setup()
  t.deepEqual(await ask(call('subtract', [42, 23])), { jsonrpc: '2.0', id: 1, result: 19 })
  t.deepEqual(await ask(call('subtract', { subtrahend: 23, minuend: 42 }, 'x')), {
    jsonrpc: '2.0',
    id: 'x',
    result: 19,
  })
  t.is((await ask(call('subtract', [42]))).result, 41)
  t.is((await ask(call('subtract', [42, null]))).result, 41)
  t.is((await ask({ ...call('subtract', [2, 2]), meta: { SpanContext: 'go-jsonrpc' } })).result, 0)
})

test('a notification is carried out and not answered, its errors neither', async (t) => {
  const { ask, seen } = setup()
  t.is(await ask({ jsonrpc: '2.0', method: 'subtract', params: [5, 3] }), undefined)
  t.deepEqual(seen, [[5, 3]])
  t.is(await ask({ jsonrpc: '2.0', method: 'nothing' }), undefined)
})

test('a batch answers what is to be answered, in one list', async (t) => {
  const { ask } = setup()
  const answers = await ask([
    call('subtract', [3, 1], 'a'),
    { jsonrpc: '2.0', method: 'subtract', params: [9, 9] },
    { foo: 'boo' },
    call('nothing', [], 'b'),
  ])
  t.deepEqual(
    answers.map(({ id, result, error }: { id: unknown; result?: unknown; error?: { code: number } }) => [
      id,
      result ?? error?.code,
    ]),
    [
      ['a', 2],
      [null, -32_600],
      ['b', -32_601],
    ],
  )
  t.is(await ask([{ jsonrpc: '2.0', method: 'subtract', params: [1, 1] }]), undefined)
})

test('a batch whose answers are long enough is answered no further, and says so of every call that is left', async (t) => {
  const { ask, seen } = setup()
  const half = MAX_BATCH_CHARACTERS / 2
  const answers = (await ask([
    call('repeat', [half], 0),
    call('repeat', [half], 1),
    call('repeat', [3], 0),
    { jsonrpc: '2.0', method: 'repeat', params: [3] },
    { foo: 'boo' },
  ])) as { id: unknown; result?: string; error?: { code: number } }[]
  t.deepEqual(
    answers.map(({ id, result, error }) => [id, result?.length ?? error?.code]),
    [
      [0, half],
      [1, half],
      [0, -32_003],
      [null, -32_003],
    ],
  )
  t.deepEqual(seen, [half, half])
})

const broken: readonly (readonly [string, unknown, number])[] = [
  ['text that is no JSON', '{"jsonrpc": "2.0", "method": "foobar, "params"', -32_700],
  ['an empty text', '', -32_700],
  ['an empty batch', [], -32_600],
  ['a number', 1, -32_600],
  ['another version', { ...call('subtract', [1, 1]), jsonrpc: '1.0' }, -32_600],
  ['a method that is no text', { jsonrpc: '2.0', method: 1, id: 1 }, -32_600],
  ['an id that is an object', call('subtract', [1, 1], {}), -32_600],
  ['params that are text', call('subtract', '1'), -32_600],
  ['a method of the object that methods lie in', call('constructor', []), -32_601],
  ['too few params', call('subtract', []), -32_602],
  ['too many params', call('subtract', [1, 2, 3]), -32_602],
  ['a param of another type', call('subtract', ['1']), -32_602],
  ['a param out of bounds', call('subtract', [1, -1]), -32_602],
  ['a param that there is not', call('subtract', { minuend: 1, other: 2 }), -32_602],
  ['a batch that is too long', new Array(MAX_BATCH + 1).fill(call('subtract', [1, 1])), -32_600],
]
for (const [what, message, code] of broken) {
  test(`${what} is ${code}`, async (t) => {
    const { ask, seen } = setup()
    const answer = await ask(message)
    t.is(answer.error.code, code)
    t.is(answer.jsonrpc, '2.0')
    t.deepEqual(seen, [])
  })
}

test('what a method says goes to the caller, what it did not mean to say does not', async (t) => {
  const { ask } = setup()
  t.deepEqual((await ask(call('fail', ['said']))).error, { code: 7, message: 'as it is' })
  const { error } = await ask(call('fail', ['unsaid']))
  t.is(error.code, -32_603)
  t.false(JSON.stringify(error).includes('secret'))
})

test('more calls at once than the limit are told to ask again', async (t) => {
  const { ask, gate } = setup(1)
  const waiting = ask(call('wait'))
  t.is((await ask(call('subtract', [1, 1]))).error.code, -32_005)
  gate.resolve()
  t.is((await waiting).result, null)
  t.is((await ask(call('subtract', [1, 1]))).result, 0)
})

test('a caller who may not is refused before the method runs', async (t) => {
  const { document } = setup()
  const run: string[] = []
  const dispatcher = createDispatcher(
    { maxCalls: 1 },
    {
      log: silent,
      methods: [
        createMethod({
          name: 'write',
          summary: '',
          right: 'write',
          params: [],
          result: { name: 'nothing', schema: Type.Null() },
          run: async () => void run.push('write'),
        }),
      ],
    },
  )
  const answer = await dispatcher.answer(JSON.stringify(call('write')), {
    ...caller,
    authorize: (right) => {
      throw rpcError(-32_001, `no ${right}`)
    },
  })
  t.is(JSON.parse(answer!).error.message, 'no write')
  t.deepEqual(run, [])
  t.is(document.methods.length, 5)
})

test('rpc.discover answers the document, which is made of the schemas that judge', async (t) => {
  const { ask, document } = setup()
  const { result } = await ask(call('rpc.discover', []))
  t.deepEqual(result, JSON.parse(JSON.stringify(document)))
  t.is(result.openrpc, '1.3.2')
  t.deepEqual(result.methods[0].params, [
    { name: 'minuend', description: 'from this', required: true, schema: { type: 'integer' } },
    { name: 'subtrahend', description: 'this', required: false, schema: { type: 'integer', minimum: 0 } },
  ])
})
