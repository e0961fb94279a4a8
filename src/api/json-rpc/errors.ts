// Errors of JSON-RPC 2.0, section 5.1. What a method throws as RpcError goes to the caller as it is; anything else is
// an internal error without its message.

import { WeftError } from '../../base/error.ts'

export const RPC = {
  parse: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
  /** Of servers (-32000 to -32099): too much at once; ask again. */
  busy: -32_005,
  /** geth's, of a batch whose answers are too long together. */
  tooLong: -32_003,
} as const

export type RpcError = WeftError<'rpc-error', { readonly rpcCode: number }>

export const rpcError = (rpcCode: number, message: string, cause?: unknown): RpcError =>
  new WeftError('rpc-error', message, { rpcCode }, { cause })

export const invalidParams = (message: string): RpcError => rpcError(RPC.invalidParams, message)

export const isRpcError = (error: unknown): error is RpcError =>
  error instanceof WeftError && error.code === 'rpc-error'
