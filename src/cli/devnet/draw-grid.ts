// Draws a block's grid as lines of text. With colours two bands share a line (half-block characters) and, where the
// terminal is narrow, two columns share a character; without, each tile is one character and the sampling light node's
// number stands in it. Pure functions: states in, lines out.

import { COLUMNS, type TileState } from './tiles.ts'

export interface DrawOptions {
  readonly colour: boolean
  /** Columns of the terminal. */
  readonly width: number
}

/** Characters left of the grid: `band 12 `. */
const MARGIN = 8

/** Lines: a scale of column indices, then the bands. */
export const drawGrid = (
  grid: readonly (readonly TileState[])[],
  { colour, width }: DrawOptions,
): readonly string[] => {
  const columnsPerCharacter = colour && width < COLUMNS + MARGIN + 1 ? 2 : 1
  const scale = `${' '.repeat(MARGIN)}${drawScale(columnsPerCharacter)}`
  return [scale, ...(colour ? drawHalfBlocks(grid, columnsPerCharacter) : drawPlain(grid))]
}

/** Tick marks at columns 0, 32, 64, 96 and the last one. */
const drawScale = (columnsPerCharacter: number): string => {
  const line = Array<string>(COLUMNS / columnsPerCharacter).fill(' ')
  const put = (column: number, text: string) => {
    for (const [i, character] of [...text].entries()) line[column / columnsPerCharacter + i] = character
  }
  put(0, '0')
  put(32, '32')
  put(64, columnsPerCharacter === 1 ? '64 (any 64 columns restore all)' : '64')
  put(96, '96')
  const last = '127'
  put(COLUMNS - last.length * columnsPerCharacter, last)
  return line.join('')
}

const label = (band: number, bands: number): string =>
  `${band < bands ? 'band' : ' ext'} ${String(band).padStart(2)} `

// ---- without colours

const drawPlain = (grid: readonly (readonly TileState[])[]): readonly string[] =>
  grid.map((row, band) => `${label(band, grid.length / 2)}${row.map(plainCharacter).join('')}`)

/** What stands for a tile without colours; the legend of narration.ts names the same. */
export const plainCharacter = (state: TileState): string => {
  switch (state.kind) {
    case 'missing':
      return ' '
    case 'data':
      return ':'
    case 'extension':
      return '.'
    case 'failed':
      return 'X'
    case 'sampled':
      return String(state.by + 1)
  }
}

// ---- with colours

/** 256-colour codes: data strong, extension faint, samples bright and one colour a light node, failures red. */
const MISSING = 233
const DATA = 31
const EXTENSION = 24
const FAILED = 196
const SAMPLED = [226, 118, 213] as const

export const colourOf = (state: TileState): number => {
  switch (state.kind) {
    case 'missing':
      return MISSING
    case 'data':
      return DATA
    case 'extension':
      return EXTENSION
    case 'failed':
      return FAILED
    case 'sampled':
      return SAMPLED[state.by % SAMPLED.length] as number
  }
}

const drawHalfBlocks = (
  grid: readonly (readonly TileState[])[],
  columnsPerCharacter: number,
): readonly string[] => {
  const lines: string[] = []
  for (let band = 0; band < grid.length; band += 2) {
    const upper = grid[band] ?? []
    const lower = grid[band + 1] ?? upper
    let line = label(band, grid.length / 2)
    let before = ''
    for (let column = 0; column < COLUMNS; column += columnsPerCharacter) {
      const top = colourOf(strongest(upper.slice(column, column + columnsPerCharacter)))
      const bottom = colourOf(strongest(lower.slice(column, column + columnsPerCharacter)))
      const codes = `\u001b[38;5;${top};48;5;${bottom}m`
      line += `${codes === before ? '' : codes}\u2580`
      before = codes
    }
    lines.push(`${line}\u001b[0m`)
  }
  return lines
}

const STRENGTH: readonly TileState['kind'][] = ['failed', 'sampled', 'missing', 'data', 'extension']

/** Of tiles that share a character the one that says most. */
const strongest = (states: readonly TileState[]): TileState =>
  states.reduce((best, state) => (STRENGTH.indexOf(state.kind) < STRENGTH.indexOf(best.kind) ? state : best))

/** Lines that say what the characters or colours mean. */
export const drawLegend = (lightNodes: readonly string[], { colour }: DrawOptions): readonly string[] => {
  const swatch = (state: TileState) =>
    colour ? `\u001b[48;5;${colourOf(state)}m  \u001b[0m` : `"${plainCharacter(state)}"`
  const margin = ' '.repeat(MARGIN)
  const there = [
    `${swatch({ kind: 'data' })} data`,
    `${swatch({ kind: 'extension' })} computed from it`,
    `${swatch({ kind: 'missing' })} nobody has it`,
  ]
  const drawn = lightNodes.map((name, by) => `${swatch({ kind: 'sampled', by })} ${name}`)
  return [
    `${margin}${there.join('   ')}`,
    ...(drawn.length === 0
      ? []
      : [`${margin}drawn by ${drawn.join('   ')}   ${swatch({ kind: 'failed' })} drawn, and not to be had`]),
  ]
}
