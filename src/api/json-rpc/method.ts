// What a JSON-RPC method is here: a name, params and result as schemas, and a function. The schemas judge requests and
// make the OpenRPC document, so that neither can say anything else than the other.

import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { invalidParams } from './errors.ts'

export interface Param {
  readonly name: string
  readonly describe: string
  readonly schema: TSchema
  /** May be left out at the end, or be null: optional in OpenRPC. */
  readonly optional?: true
}

export interface CallContext {
  /** Aborts when the caller is gone, cancels, or the server stops. */
  readonly signal: AbortSignal
  /**
   * Opens a channel of values to the caller, where the transport has any: `run` pushes until it returns or `signal`
   * aborts; the result of the call is the channel's number.
   */
  readonly openChannel?: (run: ChannelRun) => number
  /** Throws RpcError where the caller may not publish under it. */
  readonly authorizeNamespace: (namespace: Uint8Array) => void
}

export type ChannelRun = (push: (value: unknown) => Promise<void>, signal: AbortSignal) => Promise<void>

/** What a caller's token must allow. */
export type Right = 'read' | 'write'

export interface Method {
  readonly name: string
  readonly summary: string
  readonly right: Right
  readonly params: readonly Param[]
  readonly result: { readonly name: string; readonly schema: TSchema }
  /** Errors that callers tell apart, by a part of the message. */
  readonly errors?: readonly { readonly code: number; readonly message: string }[]
  /** Throws RpcError `invalid params`. */
  call(params: unknown, context: CallContext): Promise<unknown>
}

type ValuesOf<Params extends readonly Param[]> = {
  readonly [Index in keyof Params]: Params[Index]['optional'] extends true
    ? Static<Params[Index]['schema']> | undefined
    : Static<Params[Index]['schema']>
}

export interface MethodInit<Params extends readonly Param[]> extends Omit<Method, 'params' | 'call'> {
  readonly params: Params
  readonly run: (values: ValuesOf<Params>, context: CallContext) => Promise<unknown>
}

/** A param; a helper for types. */
export const param = <Name extends string, Schema extends TSchema>(
  name: Name,
  schema: Schema,
  describe: string,
) => ({ name, schema, describe }) as const

export const optionalParam = <Name extends string, Schema extends TSchema>(
  name: Name,
  schema: Schema,
  describe: string,
) => ({ name, schema, describe, optional: true }) as const

export const createMethod = <const Params extends readonly Param[]>({
  run,
  ...spec
}: MethodInit<Params>): Method => {
  const checks = spec.params.map(({ schema }) => Compile(schema))
  return {
    ...spec,
    async call(params, context) {
      const values = inOrder(spec.name, spec.params, params)
      for (const [index, { name, optional }] of spec.params.entries()) {
        const value = values[index]
        if (optional && (value === undefined || value === null)) {
          values[index] = undefined
          continue
        }
        const check = checks[index]!
        if (!check.Check(value)) {
          const [fault] = check.Errors(value)
          const where = fault?.instancePath ?? ''
          throw invalidParams(
            `expected param ${index} of ${spec.name}, ${name}${where}: ${fault?.message ?? 'its schema'}`,
          )
        }
      }
      return run(values as ValuesOf<Params>, context)
    },
  }
}

/** Params by position, or by name as OpenRPC's "either" allows; left out altogether where there are none. */
const inOrder = (method: string, specs: readonly Param[], params: unknown): unknown[] => {
  if (params === undefined || params === null) return specs.map(() => undefined)
  if (Array.isArray(params)) {
    if (params.length > specs.length) {
      throw invalidParams(`expected at most ${specs.length} params of ${method}, got ${params.length}`)
    }
    return specs.map((_, index) => params[index])
  }
  const named = params as Readonly<Record<string, unknown>>
  const unknown = Object.keys(named).find((key) => specs.every(({ name }) => name !== key))
  if (unknown !== undefined) throw invalidParams(`expected no param ${JSON.stringify(unknown.slice(0, 40))}`)
  return specs.map(({ name }) => (Object.hasOwn(named, name) ? named[name] : undefined))
}
