// Builds the setup's files: `npm run build:kernels` runs it after the kernels. Reads the pinned package, checks every
// point and how the points belong together (checks.ts), and writes build/setup/*.bin. Does nothing when the files
// are there with the pinned digests; fails when it would write anything else.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type SetupPart, setupDigests } from '../../src/kernel/setup-digests.ts'

const folder = fileURLToPath(new URL('../../build/setup/', import.meta.url))
const parts = Object.keys(setupDigests) as SetupPart[]
const fileOf = (part: SetupPart) => `${folder}${part}.bin`
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const isUpToDate = (part: SetupPart) =>
  existsSync(fileOf(part)) && digestOf(readFileSync(fileOf(part))) === setupDigests[part]

if (!parts.every(isUpToDate)) {
  const started = performance.now()
  const [{ readSource }, { checkSource }, { layOut }] = await Promise.all([
    import('./source.ts'),
    import('./checks.ts'),
    import('./layout.ts'),
  ])
  const source = await readSource()
  await checkSource(source)
  const files = layOut(source)
  mkdirSync(folder, { recursive: true })
  for (const part of parts) {
    const bytes = files[part]!
    const digest = digestOf(bytes)
    if (digest !== setupDigests[part]) {
      throw new Error(`expected ${part}.bin with SHA-256 ${setupDigests[part]}, made ${digest}`)
    }
    writeFileSync(`${fileOf(part)}.new`, bytes)
    renameSync(`${fileOf(part)}.new`, fileOf(part))
  }
  process.stderr.write(
    `setup: checked and written in ${((performance.now() - started) / 1000).toFixed(1)} s\n`,
  )
}
