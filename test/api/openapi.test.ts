// The OpenAPI document: generated from what validates requests, served by the node, committed as docs/openapi.json.

import { readFileSync } from 'node:fs'
import test from 'ava'
import { openApiText } from '../../src/api/document.ts'
import { createFullApi } from '../../src/api/node-api.ts'
import { silent } from '../../src/base/log.ts'
import { fullNode } from './support.ts'

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema?: object }[]
  readonly responses?: Readonly<Record<string, { readonly description?: string }>>
}
interface Document {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

const read = async () => JSON.parse(await openApiText()) as Document

test('docs/openapi.json is what the routes generate; npm run docs:openapi writes it', async (t) => {
  t.is(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'), await openApiText())
})

test('the document is OpenAPI 3.1, and every operation has a name of its own, words, parameters and answers', async (t) => {
  const { openapi, info, paths } = await read()
  t.is(openapi, '3.1.0')
  t.is(typeof info.title, 'string')
  const names: string[] = []
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const where = `${method} ${path}`
      t.regex(method, /^(get|post)$/, where)
      t.truthy(operation.summary, where)
      names.push(operation.operationId ?? '')
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const stated = (operation.parameters ?? []).filter((one) => one.in === 'path').map(({ name }) => name)
      t.deepEqual(stated.sort(), inPath.sort(), where)
      for (const parameter of operation.parameters ?? []) t.is(typeof parameter.schema, 'object', where)
      const answers = Object.entries(operation.responses ?? {})
      t.true(answers.length > 0, where)
      for (const [status, { description }] of answers) {
        t.regex(status, /^([2-5]\d\d|[45]XX|default)$/i, where)
        t.is(typeof description, 'string', where)
      }
    }
  }
  t.false(names.includes(''))
  t.is(new Set(names).size, names.length)
})

test('the node serves it, and there is no route that it does not have', async (t) => {
  const api = createFullApi(
    { host: '127.0.0.1', port: 0, maxRows: 1 },
    { node: fullNode({}), log: silent, readiness: () => ({ ready: true }) },
  )
  t.teardown(() => api.stop())
  const url = await api.start()
  const served = (await (await fetch(`${url}/openapi.json`)).json()) as Document
  const { paths } = await read()
  const missing = Object.keys(paths).filter((path) => !(path in served.paths))
  // Metrics are served only where there are some.
  t.deepEqual(missing, ['/metrics'])
  for (const path of [
    '/v1/blobs',
    '/v1/blobs/{id}',
    '/v1/blobs/{id}/data',
    '/v1/blobs/{id}/events',
    '/v1/blobs/{id}/receipt',
  ])
    t.true(path in served.paths, path)
})
