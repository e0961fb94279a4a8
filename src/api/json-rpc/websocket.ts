// JSON-RPC over WebSocket, as go-jsonrpc frames it and Celestia's clients speak it: a method that subscribes answers
// with the number of a channel; values come as notifications `xrpc.ch.val` [channel, value], its end as `xrpc.ch.close`
// [channel]; the caller ends a call or a subscription with `xrpc.cancel` [id of its request]. Bounded in connections,
// in calls and channels of each, and in what waits for a slow reader.

import websocket from '@fastify/websocket'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import { type BoundedMap, createBoundedMap } from '../../base/bounded-map.ts'
import { anySignal, sleep } from '../../base/deadline.ts'
import { hasCode, messageOf } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import { apiError } from '../errors.ts'
import type { Dispatcher } from './dispatch.ts'
import { RPC, rpcError } from './errors.ts'
import { NOT_ALLOWED, READ_CHARACTERS, rightsOf } from './http.ts'
import type { ChannelRun } from './method.ts'

export interface RpcSocketInit {
  readonly maxMessageBytes: number
  readonly maxConnections: number
}

export interface RpcSocketComponents {
  readonly dispatcher: Dispatcher
  readonly log: Logger
  readonly stopping: AbortSignal
}

/** Calls under way, and channels open, on one connection. */
const MAX_CALLS = 32
const MAX_CHANNELS = 32
/** Channels and further calls wait while so much is unsent; the connection ends where nothing of it is taken for so long. */
const MAX_UNSENT_BYTES = 16 * 2 ** 20
const SLOW_READER_MS = 60_000
const POLL_MS = 50
/** A peer that does not answer a ping is gone. */
const PING_MS = 30_000

export const rpcSocket = async (
  app: FastifyInstance,
  init: RpcSocketInit,
  components: RpcSocketComponents,
): Promise<void> => {
  let connections = 0
  await app.register(websocket, { options: { maxPayload: init.maxMessageBytes } })
  // A refused upgrade is answered and then nobody's: without this its socket stays open, and the server never ends.
  app.addHook('onResponse', async ({ headers, raw }, { statusCode }) => {
    if (headers.upgrade !== undefined && statusCode >= 400) raw.socket.destroySoon()
  })
  const handler = async (): Promise<never> => {
    throw apiError('bad-request', 'expected a POST, or an upgrade to WebSocket')
  }
  const wsHandler = (socket: WebSocket, request: FastifyRequest): void => {
    if (connections >= init.maxConnections) {
      // 1013: try again later.
      socket.close(1013, 'too many connections')
      return
    }
    connections++
    socket.once('close', () => {
      connections--
    })
    serve(socket, request, components)
  }
  app.route({ method: 'GET', url: '/', exposeHeadRoute: false, handler, wsHandler })
}

const serve = (socket: WebSocket, request: FastifyRequest, components: RpcSocketComponents): void => {
  const { dispatcher, log, stopping } = components
  const gone = new AbortController()
  const life = anySignal([stopping, gone.signal])
  const rights = rightsOf(request)
  /** By the caller's id of the request that began it: a call, or the channel that it opened. */
  const cancels: BoundedMap<unknown, AbortController> = createBoundedMap(MAX_CALLS + MAX_CHANNELS)
  let calls = 0
  let channels = 0
  let lastChannel = 0

  const send = (value: object): void => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(value))
  }

  const isBehind = () => socket.bufferedAmount > MAX_UNSENT_BYTES

  const drained = async (signal: AbortSignal): Promise<void> => {
    let before = Number.POSITIVE_INFINITY
    let end = 0
    while (isBehind()) {
      const unsent = socket.bufferedAmount
      if (unsent < before) end = Date.now() + SLOW_READER_MS
      if (Date.now() > end) return socket.terminate()
      before = unsent
      await sleep(POLL_MS, signal)
    }
  }

  /** Whoever is refused, has much to read still and asks on all the same is cut: refusals fill the memory, too. */
  const refuse = (id: unknown, code: number, message: string): void => {
    if (isBehind()) socket.terminate()
    else send({ jsonrpc: '2.0', id: id ?? null, error: { code, message } })
  }

  /** Whether the caller may send this still: its token may have been revoked since it connected, and has limits. */
  const admit = (message: unknown, bytes: number): boolean => {
    try {
      request.admit?.(bytes)
      return true
    } catch (error) {
      const { id } = (typeof message === 'object' && message !== null ? message : {}) as { id?: unknown }
      if (hasCode(error, 'rate-limited')) refuse(id, RPC.busy, messageOf(error))
      else if (hasCode(error, 'blob-too-large')) refuse(id, NOT_ALLOWED, messageOf(error))
      // 1008: not by this caller.
      else socket.close(1008, 'the token is not known any more')
      return false
    }
  }

  const mayBeLong = (text: string): boolean => {
    try {
      rights.authorizeCharacters(text.length)
      return true
    } catch (error) {
      refuse(null, NOT_ALLOWED, messageOf(error))
      return false
    }
  }

  /** Runs calls within the limit of the connection, when their caller has read enough of what it was answered before. */
  const inPlace = async (work: () => Promise<void>): Promise<void> => {
    calls++
    try {
      if (isBehind()) await drained(life)
      await work()
    } finally {
      calls--
    }
  }

  /** Runs once the answer with the channel's number was sent. */
  const follow = async (channel: number, run: ChannelRun, id: unknown, cancel: AbortController) => {
    const signal = anySignal([life, cancel.signal])
    try {
      await run(async (value) => {
        signal.throwIfAborted()
        send({ jsonrpc: '2.0', method: 'xrpc.ch.val', params: [channel, value] })
        await drained(signal)
      }, signal)
    } catch (error) {
      if (!signal.aborted) log.warn({ error: messageOf(error) }, 'a subscription ended')
    } finally {
      signal.clear()
      channels--
      if (cancels.get(id) === cancel) cancels.delete(id)
      send({ jsonrpc: '2.0', method: 'xrpc.ch.close', params: [channel] })
    }
  }

  const answer = async (message: Readonly<Record<string, unknown>>): Promise<void> => {
    const { id } = message
    const cancel = new AbortController()
    let opened: (() => void) | undefined
    const openChannel = (run: ChannelRun): number => {
      if (channels >= MAX_CHANNELS) {
        throw rpcError(RPC.busy, `expected at most ${MAX_CHANNELS} subscriptions on one connection`)
      }
      channels++
      const channel = ++lastChannel
      opened = () => void follow(channel, run, id, cancel)
      return channel
    }
    if (id !== undefined) cancels.set(id, cancel)
    const signal = anySignal([life, cancel.signal])
    try {
      await inPlace(async () => {
        const result = await dispatcher.call(message, { signal, ...rights, openChannel })
        if (result !== undefined) send(result)
      })
    } finally {
      signal.clear()
      if (opened === undefined && cancels.get(id) === cancel) cancels.delete(id)
    }
    opened?.()
  }

  const take = async (text: string): Promise<void> => {
    // Before it is parsed, which takes a turn: who may not, or not now, is told without the id of its call.
    const isLong = text.length > READ_CHARACTERS
    if (isLong && !(admit(undefined, Buffer.byteLength(text)) && mayBeLong(text))) return
    let message: unknown
    try {
      message = JSON.parse(text)
    } catch {
      if (isLong || admit(undefined, Buffer.byteLength(text))) refuse(null, RPC.parse, 'expected JSON')
      return
    }
    if (!isLong && !admit(message, Buffer.byteLength(text))) return
    const isCall = typeof message === 'object' && message !== null && !Array.isArray(message)
    const { method, params, id } = (isCall ? message : {}) as Readonly<Record<string, unknown>>
    if (method === 'xrpc.cancel') {
      const target = Array.isArray(params) ? params[0] : undefined
      cancels.get(target)?.abort(new Error('cancelled by the caller'))
      return
    }
    if (calls >= MAX_CALLS)
      return refuse(id, RPC.busy, `expected at most ${MAX_CALLS} calls at once on one connection`)
    if (isCall) return answer(message as Readonly<Record<string, unknown>>)
    await inPlace(async () => {
      const whole = await dispatcher.answer(text, { signal: life, ...rights })
      if (whole !== undefined && socket.readyState === socket.OPEN) socket.send(whole)
    })
  }

  let isAlive = true
  const pings = setInterval(() => {
    if (!isAlive) return socket.terminate()
    isAlive = false
    socket.ping()
  }, PING_MS)
  const stop = () => socket.close(1001, 'the node is stopping')
  stopping.addEventListener('abort', stop, { once: true })
  socket.on('pong', () => {
    isAlive = true
  })
  socket.on('close', () => {
    clearInterval(pings)
    stopping.removeEventListener('abort', stop)
    gone.abort(new Error('the caller went away'))
  })
  socket.on('error', (error) => log.debug({ error: messageOf(error) }, 'a WebSocket failed'))
  socket.on('message', (data) => {
    isAlive = true
    take(String(data)).catch((error) => {
      if (!life.aborted) log.error({ error: messageOf(error) }, 'a JSON-RPC message failed')
    })
  })
}
