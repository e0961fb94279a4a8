// Generic JSON-RPC clients (json-rpc-2.0), which know nothing of any stack: over POST, and over a WebSocket with
// notifications collected.

import { JSONRPCClient, type JSONRPCErrorException, type JSONRPCRequest } from 'json-rpc-2.0'
import { WebSocket } from 'ws'

export type Call = (method: string, params?: unknown) => Promise<unknown>

/** Calls by POST. Rejects with JSONRPCErrorException. */
export const httpClient = (url: string, headers: Record<string, string> = {}): Call => {
  const client = new JSONRPCClient(async (request: JSONRPCRequest) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(request),
    })
    if (response.status !== 200) throw new Error(`HTTP ${response.status}`)
    client.receive((await response.json()) as Parameters<typeof client.receive>[0])
  })
  return async (method, params) => client.request(method, params as never)
}

export interface SocketClient {
  readonly call: Call
  /** Sends a message as it is. */
  send(message: object): void
  /** Sends a text as it is; the next answer that belongs to no call. */
  raw(text: string): Promise<{ readonly error: { readonly code: number } }>
  /** Messages that are no answers, as they came. */
  readonly notifications: readonly { readonly method: string; readonly params: readonly unknown[] }[]
  /** The id that the next call will have. */
  nextId(): number
  close(): void
  /** Resolves with the code that it was closed with. */
  readonly closed: Promise<number>
}

export const socketClient = async (
  url: string,
  headers: Record<string, string> = {},
): Promise<SocketClient> => {
  const socket = new WebSocket(url.replace('http', 'ws'), { headers })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  let id = 0
  const notifications: { method: string; params: unknown[] }[] = []
  const client = new JSONRPCClient(
    async (request: JSONRPCRequest) => socket.send(JSON.stringify(request)),
    () => ++id,
  )
  socket.on('message', (data) => {
    const message = JSON.parse(String(data))
    if ('method' in message) notifications.push(message)
    else client.receive(message)
  })
  return {
    call: async (method, params) => client.request(method, params as never),
    send: (message) => socket.send(JSON.stringify(message)),
    raw: (text) =>
      new Promise((resolve) => {
        const take = (data: unknown) => {
          const message = JSON.parse(String(data))
          if (message.id !== null) return
          socket.off('message', take)
          resolve(message)
        }
        socket.on('message', take)
        socket.send(text)
      }),
    notifications,
    nextId: () => id + 1,
    close: () => socket.close(),
    closed: new Promise((resolve) => socket.once('close', resolve)),
  }
}

/** The error of a call that must fail. */
export const errorOf = async (call: Promise<unknown>): Promise<JSONRPCErrorException> => {
  try {
    await call
  } catch (error) {
    return error as JSONRPCErrorException
  }
  throw new Error('expected the call to fail')
}
