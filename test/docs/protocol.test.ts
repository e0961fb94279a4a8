import { readdirSync } from 'node:fs'
import test from 'ava'
import { toHex } from '../../src/base/bytes.ts'
import * as containers from '../../src/chain/containers.ts'
import { genesisDefaults, MAX_STEP_PER_HEIGHT_MS } from '../../src/chain/genesis.ts'
import { DOMAIN, KIND, SigningDataType } from '../../src/chain/signing.ts'
import { MAX_VOTE_LEAD } from '../../src/chain/vote-rules.ts'
import { isRestorable } from '../../src/erasure/restore.ts'
import { FLAG_ALIGNED, FLAG_RAW } from '../../src/grid/blob.ts'
import { EntryType } from '../../src/grid/containers.ts'
import { leastMissing } from '../../src/grid/sampling-bound.ts'
import { MAX_BANDS, MAX_ROWS, shapeOf } from '../../src/grid/shape.ts'
import { BLS_MODULUS } from '../../src/kernel/parameters.ts'
import { createFieldTwin } from '../../src/kernel/twin/field-twin.ts'
import { answerCodes } from '../../src/network/errors.ts'
import { streamNames, topicName } from '../../src/network/names.ts'
import { SUBMISSION_CODE } from '../../src/node/submission-code.ts'
import { marked, read, root } from './pages.ts'
import { restoringTable, samplingTable, trafficTable } from './tables.ts'

const page = read('docs/protocol.md')

test('the sampling table is what the code computes', (t) => {
  t.is(marked(page, 'sampling-table'), samplingTable())
  t.is(marked(page, 'traffic-table'), trafficTable())
})

test('the table of restoring from samples is what the code derives', (t) => {
  t.is(marked(page, 'restoring-table'), restoringTable())
})

// ---- containers ----

interface SszType {
  readonly typeName: string
  readonly fields?: Readonly<Record<string, SszType>>
  readonly elementType?: SszType
  readonly limit?: number
}

const types: Readonly<Record<string, SszType>> = {
  ...(Object.fromEntries(
    Object.entries(containers)
      .filter(([name]) => name.endsWith('Type'))
      .map(([name, type]) => [name.slice(0, -'Type'.length), type]),
  ) as unknown as Record<string, SszType>),
  Entry: EntryType as unknown as SszType,
  SigningData: SigningDataType as unknown as SszType,
}

const nameOf = (type: SszType): string => {
  const known = Object.entries(types).find(([, other]) => other === type)
  return known === undefined ? spelled(type) : known[0]
}

const spelled = (type: SszType): string =>
  type.elementType === undefined || type.limit === undefined
    ? type.typeName
    : `List[${nameOf(type.elementType)}, ${type.limit}]`

test('the page gives every container as the code has it, field by field', (t) => {
  const notation = page.split('<!-- containers -->')[1]!.split('```')[1]!
  const classes = new Map(
    [...notation.matchAll(/^class (\w+)\(Container\):\n((?: {4}.*\n)+)/gm)].map(
      ([, name = '', body = '']) => [
        name,
        body
          .trim()
          .split('\n')
          .map((line) => line.trim().replace(/ *#.*$/, '')),
      ],
    ),
  )
  const aliases = new Map(
    [...notation.matchAll(/^(\w+) = (.+)$/gm)].map(([, name = '', type = '']) => [name, type]),
  )
  for (const [name, type] of Object.entries(types)) {
    if (type.fields === undefined) {
      if (name !== 'Validators') t.is(aliases.get(name), spelled(type), name)
      continue
    }
    const fields = Object.entries(type.fields).map(([field, of]) => `${field}: ${nameOf(of)}`)
    t.deepEqual(classes.get(name), fields, name)
  }
  t.is(classes.size, Object.values(types).filter(({ fields }) => fields !== undefined).length)
})

// ---- constants ----

test('domains, kinds, flags, codes, names and defaults are those of the code', (t) => {
  const has = (text: string) => t.true(page.includes(text), text)
  has(`| header | ${DOMAIN.header} | | header | ${KIND.header} | domain header |`)
  has(`| vote | ${DOMAIN.vote} | | notarise | ${KIND.notarise} | domain vote |`)
  has(`| nil | ${KIND.nil} | domain vote |`)
  has(`| finalize | ${KIND.finalize} | domain vote |`)
  has(`| aligned | ${FLAG_ALIGNED} |`)
  has(`| aligned and raw | ${FLAG_ALIGNED | FLAG_RAW} |`)
  for (const [name, code] of Object.entries(answerCodes))
    has(code === 0 ? `| 0 | ${name} |` : `| ${code} | \`${name}\` |`)
  const { accepted, invalid, tooLarge, queueFull, notTaken, failed } = SUBMISSION_CODE
  has(`${accepted} accepted, ${invalid} invalid, ${tooLarge} too large`)
  has(`${queueFull} the queue is full, ${notTaken} not taken here`)
  has(`${failed} failed`)
  for (const name of streamNames) has(`\`/weft/<chain>/${name}/1\``)
  for (const kind of ['header', 'proposal', 'vote', 'certificate'] as const)
    has(`\`${topicName('<chain>', kind)}\``)
  has('`/weft/<chain>/column/<k>/1`')
  for (const [name, value] of Object.entries(genesisDefaults)) {
    const line = page.split('\n').find((row) => row.startsWith(`| \`${name}\` |`)) ?? ''
    const shown = name === 'retentionMs' ? `${value / 86_400_000} days` : value.toLocaleString('en-US')
    t.true(line.endsWith(`| ${shown} |`), `${name}: ${line}`)
  }
  has(`${MAX_STEP_PER_HEIGHT_MS.toLocaleString('en-US')} * (height - parentHeight)`)
  has(`at most ${MAX_VOTE_LEAD} above the current one`)
})

test('every code that a part or message is judged by is on the page', (t) => {
  const files = [
    ...['header-rules', 'block-rules', 'vote-rules', 'finality'].map((name) => `src/chain/${name}.ts`),
    ...['columns', 'tiles', 'sheet', 'restore', 'unpacking'].map((name) => `src/grid/${name}.ts`),
    'src/network/intake.ts',
  ]
  const codes = files.flatMap((file) =>
    [...read(file).matchAll(/\b(?:reject|ignore|refuse)\('([a-z-]+)'\)/g)].map(([, code]) => code!),
  )
  const returned = ['src/grid/layout.ts', 'src/grid/blob.ts', 'src/grid/unpacking.ts'].flatMap((file) =>
    [...read(file).matchAll(/return '([a-z-]+)'/g)].map(([, code]) => code!),
  )
  // What a node's own limits make it ignore is its own business.
  const local = new Set(['queue-full', 'queue-full-peer', 'timeout', 'handler-error', 'banned'])
  const all = new Set([...codes, ...returned].filter((code) => !local.has(code)))
  t.true(all.size > 40)
  t.deepEqual(
    [...all].filter((code) => !page.includes(`\`${code}\``)),
    [],
  )
})

// ---- formulas ----

const power = (base: bigint, exponent: bigint): bigint => {
  let result = 1n
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % BLS_MODULUS)
    if (rest & 1n) result = (result * square) % BLS_MODULUS
  return result
}
const inverse = (x: bigint): bigint =>
  power(((x % BLS_MODULUS) + BLS_MODULUS) % BLS_MODULUS, BLS_MODULUS - 2n)
const reversed = (value: number, bits: number): number =>
  Number.parseInt([...value.toString(2).padStart(bits, '0')].reverse().join(''), 2)

test("lambda, as the page has it, is the vertical code's", (t) => {
  const kernel = createFieldTwin()
  for (let bands = 2; bands <= 16; bands *= 2) {
    const omega = power(7n, (BLS_MODULUS - 1n) / BigInt(2 * bands))
    const w = (band: number) => power(omega, BigInt(reversed(band, Math.log2(2 * bands))))
    for (let b = bands; b < 2 * bands; b++) {
      t.is(power(w(b), BigInt(bands)), BLS_MODULUS - 1n)
      const expected = Array.from({ length: bands }, (_, i) => {
        const value = -2n * inverse(BigInt(bands)) * w(i) * inverse(w(b) - w(i))
        return (((value % BLS_MODULUS) + BLS_MODULUS) % BLS_MODULUS).toString(16).padStart(64, '0')
      })
      t.deepEqual(
        kernel.bandCoefficients(bands, b).map((bytes) => toHex(bytes)),
        expected,
      )
    }
  }
})

test('the numbers of the soundness argument hold', (t) => {
  t.is(2n ** 256n / BLS_MODULUS, 2n, 'each residue has two or three digests')
  let largest = 0
  for (let maxBands = 1; maxBands <= MAX_BANDS; maxBands *= 2) {
    for (let rows = 1; rows <= MAX_ROWS; rows++) {
      const { bands, lanes, zeroBands } = shapeOf(rows, maxBands)
      const factor = 2 * bands * 128 * (lanes - 1)
      t.true(factor <= 256 * (rows - 1))
      t.true(zeroBands < bands / 2 || bands === 1)
      largest = Math.max(largest, factor)
    }
  }
  t.is(largest, 65_280)
  t.true(Math.log2(largest * 3) < 256 - 238.4)
})

test('the bound of restoring is reached, and nothing below it is stuck in the pattern that reaches it', (t) => {
  for (const [bands, zeroBands] of [
    [1, 0],
    [2, 0],
    [8, 0],
    [8, 3],
    [64, 31],
  ] as const) {
    // Bands that are not known to be zero, from the last on; for B = 1 both bands are the same tiles.
    const short = new Set(
      Array.from({ length: bands + 1 }, (_, i) => 2 * bands - 1 - i - (i >= bands ? zeroBands : 0)),
    )
    const withheld = (tile: number) => short.has(Math.floor(tile / 128)) && tile % 128 < 65
    const known = Array.from({ length: 2 * bands * 128 }, (_, tile) => !withheld(tile))
    const missing = known.filter((has) => !has).length
    t.is(missing, bands === 1 ? 2 * leastMissing({ bands }) : leastMissing({ bands }))
    t.false(isRestorable({ bands, zeroBands }, known))
    const one = known.indexOf(false)
    t.true(isRestorable({ bands, zeroBands }, known.with(one, true)), 'one tile more')
  }
})

test('the page describes every file of vectors/, and no other', (t) => {
  const described = [...marked(page, 'vectors').matchAll(/^\| `vectors\/([\w-]+\.json)` \|/gm)].map(
    ([, name]) => name!,
  )
  const there = readdirSync(`${root}vectors`).filter((name) => name.endsWith('.json'))
  t.deepEqual(described.toSorted(), there.toSorted())
})
