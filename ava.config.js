// Two files at a time, ordered so that the tests that start whole networks of nodes, which wait a lot and then want all cores
// at once, run beside the many that compute on one, and seldom beside each other.

import { globSync } from 'node:fs'
import { relative } from 'node:path'

/** Those that take longest first. */
const NETWORKS = [
  /^test\/cli\/devnet\.test/,
  /^test\/node\/squares-withheld/,
  /^test\/node\/(columns-withheld|eclipse|network-of-nodes|restore-block)/,
  /^test\/soak\/run/,
  /^test\/faults\//,
]

const files = globSync('test/**/*.test.ts', { cwd: import.meta.dirname }).sort()
const networks = NETWORKS.flatMap((pattern) => files.filter((file) => pattern.test(file)))
const others = files.filter((file) => !networks.includes(file))

/** Each kind evenly spread over the run. */
const places = new Map(
  [networks, others].flatMap((kind) => kind.map((file, i) => [file, (i + 0.5) / kind.length])),
)

const placeOf = (file) => places.get(relative(import.meta.dirname, file)) ?? 0

export default {
  extensions: ['ts'],
  files: ['test/**/*.test.ts'],
  nodeArguments: ['--conditions=source'],
  timeout: '5m',
  concurrency: 2,
  sortTestFiles: (a, b) => placeOf(a) - placeOf(b),
}
