// Two files at a time, ordered so that the tests that start whole networks of nodes, which wait a lot and then want all cores
// at once, run beside the many that compute on one, and not beside each other.

import { globSync } from 'node:fs'
import { relative } from 'node:path'

const NETWORKS = [
  /^test\/faults\//,
  /^test\/soak\/run/,
  /^test\/cli\/devnet\.test/,
  /^test\/node\/(columns-withheld|eclipse|network-of-nodes|restore-block|squares-withheld)/,
]

const isNetwork = (file) => NETWORKS.some((pattern) => pattern.test(file))

const files = globSync('test/**/*.test.ts', { cwd: import.meta.dirname }).sort()
const networks = files.filter(isNetwork)
const others = files.filter((file) => !isNetwork(file))

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
