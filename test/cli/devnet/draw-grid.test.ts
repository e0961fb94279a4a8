import { stripVTControlCharacters } from 'node:util'
import test from 'ava'
import { createChronicle } from '../../../src/cli/devnet/chronicle.ts'
import { drawGrid, drawLegend } from '../../../src/cli/devnet/draw-grid.ts'
import { drawTable, showBytes } from '../../../src/cli/devnet/draw-table.ts'
import { aboutBlock, drawBlock } from '../../../src/cli/devnet/picture.ts'
import { type TileState, tileStates } from '../../../src/cli/devnet/tiles.ts'

const root = 'ab'.repeat(32)
const light = ['light-1', 'light-2']

/** Two bands of data; columns 0 to 59 are out; light-1 drew one tile that is there, light-2 one that is not. */
const withheld = () => {
  const chronicle = createChronicle()
  chronicle.add('validator-1', { type: 'header', height: 5, root, proposer: 3, rowCount: 3, bands: 2 })
  for (let index = 0; index < 60; index++) {
    chronicle.add('validator-1', { type: 'column', height: 5, root, index, have: index + 1 })
  }
  const sample = (node: string, band: number, column: number, ok: boolean) =>
    chronicle.add(node, { type: 'sample', height: 5, root, outcome: { band, column, ok, peers: ['p'] } })
  sample('light-1', 0, 1, true)
  sample('light-2', 3, 100, false)
  return chronicle.block(root)!
}

test('a tile is data, computed from it, missing, sampled or failed', (t) => {
  const grid = tileStates(withheld(), light)
  t.is(grid.length, 4)
  t.true(grid.every((row) => row.length === 128))
  t.deepEqual(grid[0]?.[0], { kind: 'data' })
  t.deepEqual(grid[2]?.[0], { kind: 'extension' })
  t.deepEqual(grid[0]?.[60], { kind: 'missing' })
  t.deepEqual(grid[0]?.[1], { kind: 'sampled', by: 0 })
  t.deepEqual(grid[3]?.[100], { kind: 'failed' })
})

test('columns from 64 on are computed from the data', (t) => {
  const block = withheld()
  block.restoredBy.add('validator-1')
  const grid = tileStates(block, [])
  t.deepEqual(grid[1]?.[63], { kind: 'data' })
  t.deepEqual(grid[1]?.[64], { kind: 'extension' })
  t.deepEqual(grid[1]?.[127], { kind: 'extension' })
})

test('a tile that one light node had and another had not shows the failure', (t) => {
  const block = withheld()
  block.samples.set('light-1', [{ band: 3, column: 100, ok: true, peers: [] }])
  t.deepEqual(tileStates(block, light)[3]?.[100], { kind: 'failed' })
  t.deepEqual(tileStates(block, [...light].reverse())[3]?.[100], { kind: 'failed' })
})

test('without colours every band is a line of 128 characters, and holes are holes', (t) => {
  const lines = drawGrid(tileStates(withheld(), light), { colour: false, width: 80 })
  t.deepEqual(lines, [
    `        0${' '.repeat(31)}32${' '.repeat(30)}64 (any 64 columns restore all) 96${' '.repeat(27)}127`,
    `band  0 :1${':'.repeat(58)}${' '.repeat(68)}`,
    `band  1 ${':'.repeat(60)}${' '.repeat(68)}`,
    ` ext  2 ${'.'.repeat(60)}${' '.repeat(68)}`,
    ` ext  3 ${'.'.repeat(60)}${' '.repeat(40)}X${' '.repeat(27)}`,
  ])
})

test('with colours two bands share a line, and no line is wider than the terminal', (t) => {
  const grid = tileStates(withheld(), light)
  for (const [width, expected] of [
    [160, 128],
    [80, 64],
  ] as const) {
    const lines = drawGrid(grid, { colour: true, width })
    t.is(lines.length, 3)
    for (const line of lines.slice(1)) {
      t.is(stripVTControlCharacters(line).length, 8 + expected)
      t.true(line.endsWith('\u001b[0m'))
    }
    t.true(lines.every((line) => stripVTControlCharacters(line).length <= width))
  }
})

test('where two columns share a character, what failed is not hidden by its neighbour', (t) => {
  const row = (state: TileState): TileState[] => Array.from({ length: 128 }, () => state)
  const upper = row({ kind: 'data' })
  upper[7] = { kind: 'failed' }
  const [, line] = drawGrid([upper, row({ kind: 'data' })], { colour: true, width: 80 })
  t.regex(line ?? '', /38;5;196;/)
})

test('the legend names every state that the picture can show', (t) => {
  const legend = drawLegend(light, { colour: false, width: 80 }).join('\n')
  for (const words of ['data', 'computed', 'nobody has it', 'light-1', 'light-2', 'not to be had']) {
    t.true(legend.includes(words), words)
  }
})

test('a block is described by what was seen of it and no more', (t) => {
  const names = ['a', 'b', 'c', 'd']
  const block = withheld()
  t.is(
    aboutBlock(block, names),
    'block 5 by d: 3 rows in 2 bands; columns seen 60 of 128; restored by 0; not certified',
  )
  block.certificates.set('notarise', 3)
  t.regex(aboutBlock(block, names), /notarised by 3 of 4$/)
  block.certificates.set('finalize', 4)
  t.regex(aboutBlock(block, names), /final, signed by 4 of 4$/)
})

test('a picture says of each light node what it found', (t) => {
  const block = withheld()
  block.verdicts.set('light-2', { verdict: 'unavailable', samples: 16, failed: 9, bytes: 1_500, ms: 10_000 })
  const lines = drawBlock(
    block,
    { validators: ['a', 'b', 'c', 'd'], lightNodes: light, samples: 'shown' },
    { colour: false, width: 100 },
  )
  t.deepEqual(lines.slice(-2), [
    'light-1: drawing tiles, 1 sound so far',
    'light-2: UNAVAILABLE  9 of 16 tiles could not be had from anybody (10.0 s, 1.5 kB)',
  ])
})

test('a table is as wide as its values, numbers to the right', (t) => {
  t.deepEqual(
    drawTable(
      ['file', 'size'],
      [
        ['a', showBytes(300)],
        ['bundle', showBytes(3_000_000)],
      ],
      ['left', 'right'],
    ),
    ['file      size', '------  ------', 'a        300 B', 'bundle  3.0 MB'],
  )
})
