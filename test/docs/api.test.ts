// docs/api.md against the code: every code with its status, every route.

import test from 'ava'
import { openApiText } from '../../src/api/document.ts'
import { statusOfCode } from '../../src/api/errors.ts'
import { read } from './pages.ts'

const page = read('docs/api.md')

test('the table of codes is that of the API', (t) => {
  const table = page.slice(page.indexOf('## Codes'))
  const stated = [...table.matchAll(/^\| (\d{3}) \| (.*) \|$/gm)].flatMap(([, status, codes = '']) =>
    [...codes.matchAll(/`([\w-]+)`/g)].map(([, code]) => [code, Number(status)] as const),
  )
  t.deepEqual(Object.fromEntries(stated), statusOfCode)
})

test('every route of version 1 that a full node has is on the page', async (t) => {
  const { paths } = JSON.parse(await openApiText()) as { paths: Record<string, unknown> }
  const named = page.replaceAll(/<\w+>/g, '{}')
  for (const path of Object.keys(paths)) {
    if (!path.startsWith('/v1/') || path === '/v1/status') continue
    t.true(named.includes(path.replaceAll(/\{\w+\}/g, '{}')), path)
  }
})
