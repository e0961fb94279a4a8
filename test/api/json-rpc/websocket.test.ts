// The WebSocket side: what is no JSON, batches, limits of a connection, cancelling, and the end with the server.

import test, { type ExecutionContext } from 'ava'
import Fastify from 'fastify'
import { Type } from 'typebox'
import { WebSocket } from 'ws'
import { createDispatcher } from '../../../src/api/json-rpc/dispatch.ts'
import { createMethod } from '../../../src/api/json-rpc/method.ts'
import { rpcSocket } from '../../../src/api/json-rpc/websocket.ts'
import { silent } from '../../../src/base/log.ts'
import { until } from '../../node/support.ts'
import { errorOf, socketClient } from './support.ts'

const setup = async (t: ExecutionContext, maxConnections = 4) => {
  const ended: string[] = []
  const stopping = new AbortController()
  const methods = [
    createMethod({
      name: 'count',
      summary: 'counts until it is cancelled',
      right: 'read',
      params: [],
      result: { name: 'channel', schema: Type.Integer() },
      run: async (_values, { openChannel }) =>
        openChannel?.(async (push, signal) => {
          for (let i = 0; !signal.aborted; i++) {
            await push(i)
            await new Promise((resolve) => setTimeout(resolve, 20))
          }
          ended.push('count')
        }),
    }),
    createMethod({
      name: 'hang',
      summary: 'waits for its caller to go',
      right: 'read',
      params: [],
      result: { name: 'nothing', schema: Type.Null() },
      run: (_values, { signal }) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            ended.push('hang')
            reject(signal.reason)
          }),
        ),
    }),
    createMethod({
      name: 'echo',
      summary: 'one',
      right: 'read',
      params: [],
      result: { name: 'one', schema: Type.Integer() },
      run: async () => 1,
    }),
  ]
  const app = Fastify({ forceCloseConnections: true })
  app.addHook('onRequest', async (request) => {
    request.callerNow = () => ({ id: 'test', right: 'read' })
  })
  const dispatcher = createDispatcher({ maxCalls: 1_000 }, { methods, log: silent })
  app.register(async (child) =>
    rpcSocket(
      child,
      { maxMessageBytes: 10_000, maxConnections },
      { dispatcher, log: silent, stopping: stopping.signal },
    ),
  )
  t.teardown(() => app.close())
  return { url: await app.listen({ host: '127.0.0.1', port: 0 }), ended, stopping }
}

test('a channel ends when the request that opened it is cancelled, and others go on', async (t) => {
  const { url, ended } = await setup(t)
  const socket = await socketClient(url)
  const first = socket.nextId()
  t.is(await socket.call('count'), 1)
  t.is(await socket.call('count'), 2)
  await until('values', 5_000, () => socket.notifications.length > 10)
  socket.send({ jsonrpc: '2.0', method: 'xrpc.cancel', params: [first] })
  await until('the end', 5_000, () => ended.length === 1)
  const of = (channel: number) => socket.notifications.filter(({ params }) => params[0] === channel)
  await until('the close', 5_000, () => of(1).at(-1)?.method === 'xrpc.ch.close')
  const before = of(2).length
  await until('more of the other', 5_000, () => of(2).length > before + 3)
  t.is(of(1).at(-1)?.method, 'xrpc.ch.close')
  t.deepEqual(
    of(2)
      .slice(0, 3)
      .map(({ params }) => params[1]),
    [0, 1, 2],
  )
  socket.close()
  await until('the end of the other', 5_000, () => ended.length === 2)
})

test('a call is cancelled by its id, and by the end of its connection', async (t) => {
  const { url, ended } = await setup(t)
  const socket = await socketClient(url)
  const id = socket.nextId()
  const hanging = errorOf(socket.call('hang'))
  socket.send({ jsonrpc: '2.0', method: 'xrpc.cancel', params: [id] })
  t.is((await hanging).code, -32_603)
  void socket.call('hang').catch(() => {})
  await new Promise((resolve) => setTimeout(resolve, 50))
  socket.close()
  await until('the end', 5_000, () => ended.length === 2)
})

test('what is no call is answered, a batch too, and the connection stays', async (t) => {
  const { url } = await setup(t)
  const socket = new WebSocket(url.replace('http', 'ws'))
  const heard: unknown[] = []
  socket.on('message', (data) => heard.push(JSON.parse(String(data))))
  await new Promise((resolve) => socket.once('open', resolve))
  const ask = async (text: string) => {
    const before = heard.length
    socket.send(text)
    await until('an answer', 5_000, () => heard.length > before)
    return heard.at(-1) as { error: { code: number } }
  }
  t.is((await ask('{')).error.code, -32_700)
  t.is((await ask('7')).error.code, -32_600)
  t.is((await ask('{"jsonrpc":"2.0","id":1}')).error.code, -32_600)
  const call = '{"jsonrpc":"2.0","id":1,"method":"echo"}'
  t.deepEqual((await ask(`[${call},${call}]`)) as unknown, [
    { jsonrpc: '2.0', id: 1, result: 1 },
    { jsonrpc: '2.0', id: 1, result: 1 },
  ])
  // Longer than it takes: the connection ends, as the protocol has it.
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.send('x'.repeat(10_001))
  t.is(await closed, 1009)
})

test('calls and channels of a connection are bounded, and connections too', async (t) => {
  const { url } = await setup(t, 1)
  const socket = await socketClient(url)
  for (let i = 0; i < 32; i++) await socket.call('count')
  t.is((await errorOf(socket.call('count'))).code, -32_005)
  for (let i = 0; i < 32; i++) void socket.call('hang').catch(() => {})
  t.is((await errorOf(socket.call('echo'))).code, -32_005)
  const second = new WebSocket(url.replace('http', 'ws'))
  t.is(await new Promise((resolve) => second.once('close', resolve)), 1013)
  socket.close()
})

test('connections end when the server stops', async (t) => {
  const { url, stopping, ended } = await setup(t)
  const socket = new WebSocket(url.replace('http', 'ws'))
  await new Promise((resolve) => socket.once('open', resolve))
  socket.send('{"jsonrpc":"2.0","id":1,"method":"count"}')
  await new Promise((resolve) => socket.once('message', resolve))
  stopping.abort(new Error('stopping'))
  t.is(await new Promise((resolve) => socket.once('close', resolve)), 1001)
  await until('the end', 5_000, () => ended.length === 1)
})
