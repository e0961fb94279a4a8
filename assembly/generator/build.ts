// Builds the kernels: `npm run build:kernels`. Writes generated and hand-written AssemblyScript side by side to
// build/assembly/<kind>/ and compiles each directory to build/kernel-<kind>.wasm. Does nothing when a digest of all
// inputs says that the modules are up to date. Fails when a bound cannot be proven.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compile } from './compile.ts'
import { arithmetics } from './fields.ts'
import { P } from './integers.ts'
import { inversionKernels } from './inversion.ts'
import { pointKernels } from './point-kernels.ts'
import { scalarKernels } from './scalar-kernels.ts'
import { towerKernels } from './tower-kernels.ts'

const root = new URL('../../', import.meta.url)
const path = (relative: string): string => fileURLToPath(new URL(relative, root))

type Kind = keyof typeof arithmetics

const build = async (): Promise<void> => {
  const digest = digestOfInputs()
  const stamp = path('build/kernels.digest')
  const kinds = Object.keys(arithmetics) as Kind[]
  const complete = kinds.every((kind) => existsSync(path(`build/kernel-${kind}.wasm`)))
  if (complete && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return
  await Promise.all(kinds.map(buildModule))
  writeFileSync(stamp, digest)
}

const buildModule = async (kind: Kind): Promise<void> => {
  const started = performance.now()
  // A folder of this process, so that two builds at once do not meet.
  const finished = path(`build/assembly/${kind}`)
  const unfinished = `${finished}.${process.pid}`
  const folder = `${unfinished}/`
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}fr.ts`, scalarKernels(arithmetics[kind].fr()))
  writeFileSync(`${folder}platform.ts`, readFileSync(path(`assembly/platform/${kind}.ts`)))
  writeFileSync(`${folder}fp.ts`, pointKernels(arithmetics[kind].fp()))
  writeFileSync(`${folder}fp2.ts`, towerKernels(arithmetics[kind].fp()))
  writeFileSync(`${folder}inverse.ts`, inversionKernels(P, 6))
  for (const file of readdirSync(path('assembly/kernels'))) {
    writeFileSync(`${folder}${file}`, readFileSync(path(`assembly/kernels/${file}`)))
  }
  await compile(`${folder}main.ts`, path(`build/kernel-${kind}.wasm`), kind)
  rmSync(finished, { recursive: true, force: true })
  renameSync(unfinished, finished)
  const size = readFileSync(path(`build/kernel-${kind}.wasm`)).length
  process.stderr.write(
    `kernel-${kind}.wasm: ${(size / 1024).toFixed(0)} KiB in ${((performance.now() - started) / 1000).toFixed(1)} s\n`,
  )
}

/** Digest over the generator, the hand-written kernels and the compiler's version. */
const digestOfInputs = (): string => {
  const hash = createHash('sha256')
  for (const folder of ['assembly/generator', 'assembly/kernels', 'assembly/platform']) {
    for (const file of readdirSync(path(folder)).sort()) {
      hash.update(`${folder}/${file}\n`).update(readFileSync(path(`${folder}/${file}`)))
    }
  }
  for (const file of ['asconfig.json', 'node_modules/assemblyscript/package.json']) {
    hash.update(readFileSync(path(file)))
  }
  return hash.digest('hex')
}

await build()
