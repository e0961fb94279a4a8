// What a light node in a page needs of the chain runs in a page: no modules of Node, no native code.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import test from 'ava'
import { build } from 'esbuild'

const room = new URL('../../src/chain/', import.meta.url)

test('everything in src/chain but the native backend can be bundled for a page', async (t) => {
  const files = readdirSync(room).filter((name) => name !== 'bls-blst.ts')
  const result = await build({
    stdin: {
      contents: files.map((name) => `export * as ${name.replace(/\W/g, '_')} from './${name}'`).join('\n'),
      resolveDir: fileURLToPath(room),
    },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    metafile: true,
    logLevel: 'silent',
  })
  t.deepEqual(result.errors, [])
  const inputs = Object.keys(result.metafile.inputs)
  t.true(inputs.some((path) => path.endsWith('src/chain/finality.ts')))
  t.deepEqual(
    inputs.filter((path) => path.includes('@chainsafe/blst')),
    [],
  )
  t.deepEqual(
    Object.values(result.metafile.inputs).flatMap(({ imports }) =>
      imports.filter(({ external }) => external),
    ),
    [],
  )
})

test('receipts are verified where there is nothing of Node, no Buffer either', async (t) => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('verify-receipt.ts', room))],
    bundle: true,
    format: 'iife',
    globalName: 'weft',
    platform: 'browser',
    write: false,
    logLevel: 'silent',
  })
  const read = (name: string) => readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8')
  const context = createContext({ TextEncoder, TextDecoder })
  runInContext(outputFiles[0]!.text, context)
  t.is(runInContext('Buffer.isBuffer.toString()', context).includes('false'), true)
  const answers = runInContext(
    `(${answersOf.toString()})(weft.verifyReceipt, ${read('genesis')}.json, ${read('receipts')}.cases)`,
    context,
  ) as readonly { readonly name: string; readonly expected: string; readonly got: readonly string[] }[]
  t.true(answers.length > 5)
  for (const { name, expected, got } of answers) t.deepEqual([...got], [expected, expected], name)
})

interface Case {
  readonly name: string
  readonly json: unknown
  readonly ssz: string
  readonly data?: string
  readonly verdict: string
}

/** Runs in the bare context: all that it uses comes with its arguments. */
const answersOf = (
  verify: (
    receipt: unknown,
    genesis: unknown,
    options: { data?: Uint8Array },
  ) => { verdict: string; code?: string },
  genesis: unknown,
  cases: readonly Case[],
) => {
  const bytes = (hex: string) =>
    new Uint8Array((hex.replace('0x', '').match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)))
  return cases.map(({ name, json, ssz, data, verdict }) => ({
    name,
    expected: verdict,
    got: [json, bytes(ssz)].map((form) => {
      const answer = verify(form, genesis, data === undefined ? {} : { data: bytes(data) })
      return answer.code ?? answer.verdict
    }),
  }))
}
