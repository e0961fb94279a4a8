// docs/openrpc/ holds what the interfaces answer to rpc.discover: the documents that the schemas make which judge
// requests. `npm run docs:openrpc` writes them anew.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { openRpcDocuments } from './openrpc.ts'
import { root } from './pages.ts'

for (const [name, document] of Object.entries(openRpcDocuments())) {
  test(`docs/openrpc/${name}.json is the document of the ${name} interface`, (t) => {
    const kept = JSON.parse(readFileSync(join(root, 'docs/openrpc', `${name}.json`), 'utf8'))
    t.deepEqual(kept, JSON.parse(JSON.stringify(document)))
  })

  test(`every method of the ${name} interface says what it takes, gives and needs`, (t) => {
    const methods = (document as { methods: readonly Record<string, unknown>[] }).methods
    t.true(methods.length > 5)
    t.is(new Set(methods.map((method) => method.name)).size, methods.length)
    for (const method of methods) {
      t.is(typeof method.summary, 'string')
      t.is(typeof (method.result as { schema: unknown }).schema, 'object')
      t.regex(String(method['x-right']), /^(read|write)$/)
    }
  })
}
