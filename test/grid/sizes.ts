// The longer test of the grid: blocks of many sizes up to 256 rows are encoded, their tiles and columns checked, and
// restored from half of the columns. Run: npm run test:grid, or npx node test/grid/sizes.ts [rows[/maxBands] ..]

import { equal } from '../../src/base/bytes.ts'
import { loadComponents } from '../../src/grid/backends.ts'
import { checkColumn, checkColumnProofs } from '../../src/grid/columns.ts'
import { encodeBlock } from '../../src/grid/encode.ts'
import { lookupInColumns, readBlob } from '../../src/grid/read.ts'
import { restoreBlock } from '../../src/grid/restore.ts'
import { MAX_ROWS, shapeOf } from '../../src/grid/shape.ts'
import { checkTiles, makeTiles } from '../../src/grid/tiles.ts'
import { blobsForRows, nodeSha256 } from './support.ts'

const SIZES = '0 1 2 3 4 5 7 8 9 16 17 25 33 64 65 128 255 256 1/1 2/1 5/2 64/64 65/64 256/1 256/64'

const components = await loadComponents('kernels', 'prover', nodeSha256)
const given = process.argv.slice(2)

for (const size of given.length > 0 ? given : SIZES.split(' ')) {
  const [rows = 0, maxBands = 8] = size.split('/').map(Number)
  const params = { maxRows: MAX_ROWS, maxBands }
  const started = performance.now()
  const blobs = blobsForRows(rows)
  const block = encodeBlock(components, params, blobs)
  const encoded = performance.now()
  expect(block.header.rowCount === rows, `${rows} rows`)
  const { bands, lanes } = shapeOf(rows, maxBands)
  if (rows > 0) {
    const [near, far] = [block.columns[3]!, block.columns[100]!]
    for (const column of [near, far]) {
      expect(checkColumn(components, params, block.header, column).verdict === 'accept', 'a column')
    }
    const proven = checkColumnProofs(components, params, block, [near, far])
    expect(
      proven.every(({ verdict }) => verdict === 'accept'),
      'columns against the sheet',
    )
    const places = [...new Set([0, bands - 1, bands, 2 * bands - 1])]
    const tiles = [near, far].flatMap((column) => makeTiles(components, params, block, column, places))
    const judged = checkTiles(components, params, [{ ...block, tiles }])[0]!
    expect(
      judged.every(({ verdict }) => verdict === 'accept'),
      'tiles, data and extended',
    )
  }
  const checked = performance.now()
  const restored = restoreBlock(components, params, block, {
    columns: block.columns.filter(({ index }) => index % 2 === 1),
  })
  expect(restored.verdict === 'accept', 'the restored block')
  if (restored.verdict !== 'accept') continue
  restored.entries.forEach((entry, i) => {
    const data = readBlob(entry, lookupInColumns(restored.columns))
    expect(data !== undefined && equal(data, blobs[i]!.data), `blob ${i}`)
  })
  const [encodeMs, checkMs, restoreMs] = [
    encoded - started,
    checked - encoded,
    performance.now() - checked,
  ].map(Math.round)
  console.log(
    `N = ${rows}, B = ${bands}, g = ${lanes}: encoded in ${encodeMs} ms, checked in ${checkMs}, restored in ${restoreMs}`,
  )
}

function expect(held: boolean, what: string): void {
  if (held) return
  console.error(`expected ${what} to hold`)
  process.exit(1)
}
