// From the text of a JSON-RPC 2.0 message to the text of its answer: single calls, notifications and batches. Who asks
// for what, and how much at once, is bounded here; transports (http.ts, websocket.ts) only carry text.

import { messageOf } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import { isRpcError, RPC } from './errors.ts'
import type { CallContext, Method, Right } from './method.ts'

export interface DispatcherInit {
  /** Calls that run at once, of all callers together. */
  readonly maxCalls: number
}

/** What came with a message besides its text. */
export interface Caller extends CallContext, Rights {}

export interface Rights {
  /** Throws RpcError where the caller may not have so long a message parsed: it is millions of objects in one turn. */
  readonly authorizeCharacters: (characters: number) => void
  /** Throws RpcError where the caller may not make so many calls more now: those of a batch beyond its first. */
  readonly admitCalls: (calls: number) => void
  /** Throws RpcError where the caller may not. */
  readonly authorize: (right: Right) => void
  /** Throws RpcError where the caller may not publish under it. */
  readonly authorizeNamespace: (namespace: Uint8Array) => void
}

export interface Dispatcher {
  /** The answer's text; undefined where nothing is to be answered. */
  answer(text: string, caller: Caller): Promise<string | undefined>
  /** One call that was parsed already. */
  call(message: unknown, caller: Caller): Promise<object | undefined>
}

/** Most calls in a batch; they run one after the other. */
export const MAX_BATCH = 100
/** Once the answers of a batch are so long, the calls that are left are not carried out: each may be a block. */
export const MAX_BATCH_CHARACTERS = 32 * 2 ** 20

type Id = string | number | null

export const createDispatcher = (
  { maxCalls }: DispatcherInit,
  { methods, log }: { readonly methods: readonly Method[]; readonly log: Logger },
): Dispatcher => {
  const byName = new Map(methods.map((method) => [method.name, method]))
  let running = 0

  const run = async (method: string, params: unknown, caller: Caller): Promise<object> => {
    const found = byName.get(method)
    if (found === undefined) {
      return failure(RPC.methodNotFound, `there is no method ${JSON.stringify(method.slice(0, 80))}`)
    }
    if (running >= maxCalls) return failure(RPC.busy, `${maxCalls} calls are under way already; ask again`)
    running++
    try {
      caller.authorize(found.right)
      return { result: (await found.call(params, caller)) ?? null }
    } catch (error) {
      if (isRpcError(error)) return failure(error.data.rpcCode, error.message)
      if (!caller.signal.aborted) log.error({ error: messageOf(error), method }, 'a JSON-RPC call failed')
      return failure(RPC.internal, 'the node could not do this; its log says why')
    } finally {
      running--
    }
  }

  const call: Dispatcher['call'] = async (message, caller) => {
    // [reject] An object of version 2.0 that names a method.
    if (!isRequest(message)) {
      return { jsonrpc: '2.0', id: null, ...failure(RPC.invalidRequest, 'expected a JSON-RPC 2.0 request') }
    }
    const answer = await run(message.method, message.params, caller)
    // A notification is carried out and not answered, errors included.
    return message.id === undefined ? undefined : { jsonrpc: '2.0', id: message.id, ...answer }
  }

  return {
    call,
    async answer(text, caller) {
      const notAllowed = refusalOf(() => caller.authorizeCharacters(text.length))
      if (notAllowed !== undefined) return notAllowed
      const message = parse(text)
      if (message === undefined) return refusal(RPC.parse, 'expected JSON')
      if (!Array.isArray(message)) return textOf(await call(message, caller))
      if (message.length === 0) return refusal(RPC.invalidRequest, 'expected at least one call in a batch')
      if (message.length > MAX_BATCH) {
        return refusal(RPC.invalidRequest, `expected at most ${MAX_BATCH} calls in a batch`)
      }
      const tooMany = refusalOf(() => caller.admitCalls(message.length - 1))
      if (tooMany !== undefined) return tooMany
      const answers: string[] = []
      let characters = 0
      for (const one of message) {
        const isTooLong = characters > MAX_BATCH_CHARACTERS
        const text = textOf(isTooLong ? tooLong(one) : await call(one, caller))
        if (text !== undefined) answers.push(text)
        characters += text?.length ?? 0
      }
      return answers.length === 0 ? undefined : `[${answers.join()}]`
    },
  }
}

const failure = (code: number, message: string) => ({ error: { code, message } })

const refusal = (code: number, message: string) =>
  JSON.stringify({ jsonrpc: '2.0', id: null, ...failure(code, message) })

/** The answer where a check does not hold. */
const refusalOf = (check: () => void): string | undefined => {
  try {
    check()
    return undefined
  } catch (error) {
    if (isRpcError(error)) return refusal(error.data.rpcCode, error.message)
    throw error
  }
}

/** For a call that is not carried out. */
const tooLong = (message: unknown): object | undefined => {
  const id = isRequest(message) ? message.id : null
  if (id === undefined) return undefined
  const why = 'the answers to this batch are too long already: ask in more than one'
  return { jsonrpc: '2.0', id, ...failure(RPC.tooLong, why) }
}

const textOf = (answer: object | undefined) => (answer === undefined ? undefined : JSON.stringify(answer))

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

interface Request {
  readonly method: string
  readonly params?: unknown
  readonly id?: Id
}

/** Members that are not JSON-RPC's are let pass: go-jsonrpc sends `meta`. */
const isRequest = (message: unknown): message is Request => {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return false
  const { jsonrpc, method, params, id } = message as Record<string, unknown>
  const isId = id === undefined || id === null || typeof id === 'string' || typeof id === 'number'
  const isParams = params === undefined || typeof params === 'object'
  return jsonrpc === '2.0' && typeof method === 'string' && isId && isParams
}
