// `npm run test:package`: packs, installs the package from the registry's dependencies into an empty folder under Node
// 22 and Node 24, and runs the command and a small program there. Needs the registry; takes a minute or two.

import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'weft-install-'))
let failed = 0

try {
  await run('npm', ['pack', '--pack-destination', folder], { cwd: root, maxBuffer: 2 ** 26 })
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz')) as string
  for (const version of ['22', '24']) {
    const app = join(folder, `node${version}`)
    await mkdir(app)
    await writeFile(join(app, 'package.json'), '{"type":"module","private":true}')
    await run('npm', ['install', '--no-audit', '--no-fund', join(folder, tarball), `node@${version}`], {
      cwd: app,
      maxBuffer: 2 ** 26,
    })
    await copyFile(fileURLToPath(new URL('one-node.mjs', import.meta.url)), join(app, 'one-node.mjs'))
    const bin = join(app, 'node_modules', '.bin')
    const environment = { ...process.env, PATH: `${bin}:${process.env.PATH}` }
    const command = await run('weft', ['--version'], { cwd: app, env: environment })
    const program = await run('node', ['one-node.mjs'], { cwd: app, env: environment, timeout: 120_000 })
    const result = JSON.parse(program.stdout.trim().split('\n').at(-1) as string) as Record<string, unknown>
    const ok =
      String(result.node).startsWith(`${version}.`) &&
      result.read === 'a blob of an application' &&
      result.follows === true &&
      result.infinity === true
    if (!ok) failed += 1
    console.log(
      `${ok ? 'ok    ' : 'FAILED'} Node ${result.node}: weft ${command.stdout.trim()}, ${program.stdout.trim()}`,
    )
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
process.exitCode = failed === 0 ? 0 : 1
