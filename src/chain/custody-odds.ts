// How well custody covers the 128 columns, by formula: what genesis is checked against, and what docs/sampling.md has in
// a table. Validators' columns are fixed by their number; full nodes' columns are random, and peer ids can be ground,
// so that nothing of this is security: a certificate rests on validators that restored the whole block.

import type { Genesis } from './containers.ts'
import { remainingAfter } from './coverage.ts'
import { validatorCustody } from './custody.ts'
import { COLUMNS } from './limits.ts'
import { sumOf } from './quorum.ts'

/** Least and most validators that keep a column, of `validators`. */
export const validatorsPerColumn = (
  validators: number,
): { readonly least: number; readonly most: number } => {
  const keepers = keepersOf(validators).map((each) => each.length)
  return { least: Math.min(...keepers), most: Math.max(...keepers) }
}

/** Validators that keep each column. */
const keepersOf = (validators: number): readonly (readonly number[])[] => {
  const keepers: number[][] = Array.from({ length: COLUMNS }, () => [])
  for (let i = 0; i < validators; i++)
    for (const column of validatorCustody(i, validators)) keepers[column]!.push(i)
  return keepers
}

/** What `nodes` full nodes of `custody` columns each cover. */
export interface FullNodeCoverage {
  /** Full nodes that keep a column, mean. */
  readonly keepers: number
  /** Columns that none of them keeps, mean. */
  readonly uncovered: number
  /** Probability that some column is kept by none. */
  readonly someUncovered: number
}

export const fullNodeCoverage = (nodes: number, custody: number): FullNodeCoverage => {
  const left = remainingAfter(COLUMNS, COLUMNS, custody, nodes)
  return {
    keepers: (nodes * custody) / COLUMNS,
    uncovered: COLUMNS * (1 - custody / COLUMNS) ** nodes,
    someUncovered: 1 - left[0]!,
  }
}

/** Probability that one of `samples` tiles, drawn from `bands` bands of 128, lies in a column that no full node keeps. */
export const meetsUncovered = (nodes: number, custody: number, bands: number, samples: number): number => {
  const left = remainingAfter(COLUMNS, COLUMNS, custody, nodes)
  const total = bands * COLUMNS
  let never = 0
  left.forEach((probability, uncovered) => {
    let misses = 1
    for (let i = 0; i < samples; i++) misses *= Math.max(0, total - uncovered * bands - i) / (total - i)
    never += probability * misses
  })
  return 1 - never
}

/** Full nodes from which on every column is kept by one of them with probability `confidence`. */
export const fullNodesNeeded = (custody: number, confidence = 0.99): number => {
  // Between the union bound, which suffices, and half of it.
  const enough = Math.ceil(Math.log((1 - confidence) / COLUMNS) / Math.log(1 - custody / COLUMNS)) || 1
  if (custody >= COLUMNS) return 1
  let [low, high] = [0, enough]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (fullNodeCoverage(middle, custody).someUncovered <= 1 - confidence) high = middle
    else low = middle
  }
  return high
}

/** Fewer validators than this leave a column without an honest keeper when one of them fails or lies. */
const VALIDATORS_ADVISED = 4
/** More full nodes than this are not to be expected. */
const FULL_NODES_EXPECTED = 1_000

export type CustodyWarning =
  | { readonly code: 'few-validators'; readonly least: number; readonly validators: number }
  /** A column's keepers weigh less than a third: all of them may be dishonest together. */
  | {
      readonly code: 'light-keepers'
      readonly column: number
      readonly weight: number
      readonly total: number
    }
  | { readonly code: 'small-custody'; readonly custody: number; readonly needed: number }

/** What an operator should know of a genesis before a chain is run by it; none of it makes the genesis wrong. */
export const custodyWarnings = (
  genesis: Pick<Genesis, 'validators' | 'custodyFull'>,
): readonly CustodyWarning[] => {
  const weights = genesis.validators.map(({ weight }) => weight)
  const total = sumOf(weights)
  const keepers = keepersOf(weights.length)
  const warnings: CustodyWarning[] = []
  const least = Math.min(...keepers.map((each) => each.length))
  if (weights.length < VALIDATORS_ADVISED)
    warnings.push({ code: 'few-validators', least, validators: weights.length })
  const lightest = keepers
    .map((each, column) => ({ column, weight: sumOf(each.map((i) => weights[i]!)) }))
    .reduce((a, b) => (b.weight < a.weight ? b : a))
  if (weights.length >= VALIDATORS_ADVISED && 3 * lightest.weight < total)
    warnings.push({ code: 'light-keepers', ...lightest, total })
  const needed = fullNodesNeeded(genesis.custodyFull)
  if (needed > FULL_NODES_EXPECTED)
    warnings.push({ code: 'small-custody', custody: genesis.custodyFull, needed })
  return warnings
}

/** A warning as a sentence. */
export const custodySentence = (warning: CustodyWarning): string => {
  switch (warning.code) {
    case 'few-validators':
      return warning.least === 0
        ? `with ${count(warning.validators, 'validator')} some columns are in nobody's custody: they are served from what the validator restores, or not at all`
        : `with ${count(warning.validators, 'validator')} some columns are in the custody of ${count(warning.least, 'validator')}: no validator may fail; take ${VALIDATORS_ADVISED} or more`
    case 'light-keepers':
      return `all validators that keep column ${warning.column} have ${warning.weight} of ${warning.total} of the weight: less than a third, so all of them may be dishonest together`
    case 'small-custody':
      return `with a custody of ${count(warning.custody, 'column')} it takes ${warning.needed} full nodes until every column is kept by one of them at 99 %`
  }
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`
