// The OpenRPC document of a JSON-RPC interface, made from its methods: what validates requests is what is written.
// Served through `rpc.discover`, as the specification asks, and at /openrpc.json; kept in docs/openrpc/ by a test.

import { Type } from 'typebox'
import { createMethod, type Method } from './method.ts'

export interface OpenRpcInfo {
  readonly title: string
  readonly description: string
}

/** OpenRPC 1.3.2. */
export const openRpcDocument = ({ title, description }: OpenRpcInfo, methods: readonly Method[]) => ({
  openrpc: '1.3.2',
  info: { title, description, version: '1', license: { name: 'Apache-2.0 OR MIT' } },
  methods: methods.map(({ name, summary, right, params, result, errors }) => ({
    name,
    summary,
    paramStructure: 'either',
    params: params.map(({ name, describe, schema, optional }) => ({
      name,
      description: describe,
      required: optional !== true,
      schema,
    })),
    result: { name: result.name, schema: result.schema },
    ...(errors !== undefined && { errors }),
    'x-right': right,
  })),
})

/** The methods with `rpc.discover` among them, and the document that it answers. */
export const withDiscovery = (info: OpenRpcInfo, methods: readonly Method[]) => {
  const discover = createMethod({
    name: 'rpc.discover',
    summary: 'This document.',
    right: 'read',
    params: [],
    result: { name: 'OpenRPC Schema', schema: Type.Object({}, { description: 'an OpenRPC document' }) },
    run: async () => document,
  })
  const all = [...methods, discover]
  const document = openRpcDocument(info, all)
  return { methods: all, document }
}
