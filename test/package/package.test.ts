// What `npm pack` makes: compiled, typed, and usable from a folder of its own. The dependencies are linked from this
// checkout; `npm run test:package` installs them from the registry instead, under Node 22 and 24.

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

test('the package carries compiled code, types and kernels, and its entries work elsewhere', async (t) => {
  t.timeout(180_000)
  const folder = await mkdtemp(join(tmpdir(), 'weft-package-'))
  try {
    const packed = await run('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: root,
      maxBuffer: 2 ** 26,
    })
    const [{ filename, files }] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf('[')))
    const paths: string[] = files.map((file: { path: string }) => file.path)
    for (const path of [
      'dist/cli/main.js',
      'dist/node/index.d.ts',
      'dist/grid/worker.js',
      'build/kernel-float.wasm',
      'build/kernel-integer.wasm',
      'build/setup/verify.bin',
      'LICENSE',
      'README.md',
    ]) {
      t.true(paths.includes(path), path)
    }
    t.deepEqual(
      paths.filter((path) => /^(test|bench|assembly|vectors|node_modules)\//.test(path)),
      [],
    )

    const modules = join(folder, 'app', 'node_modules')
    await mkdir(modules, { recursive: true })
    await run('tar', ['-xzf', join(folder, filename), '-C', modules])
    await run('mv', [join(modules, 'package'), join(modules, 'weft-da')])
    await symlink(join(root, 'node_modules'), join(modules, 'weft-da', 'node_modules'))
    const version = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')).version as string

    // The command.
    const command = join(modules, 'weft-da', 'dist', 'cli', 'main.js')
    t.is((await run(process.execPath, [command, '--version'])).stdout.trim(), version)

    // The entries, types included.
    await writeFile(
      join(folder, 'app', 'use.ts'),
      [
        `import { createKzg } from 'weft-da/kzg'`,
        `import { namespaceOf } from 'weft-da'`,
        `import { packOp } from 'weft-da/rollups'`,
        `const kzg = await createKzg()`,
        `const commitment: Uint8Array = kzg.blobToKzgCommitment(new Uint8Array(131_072))`,
        `console.log(commitment[0], namespaceOf(new TextEncoder().encode('a')).length, packOp(new Uint8Array(1))[4])`,
      ].join('\n'),
    )
    await writeFile(join(folder, 'app', 'package.json'), '{"type":"module"}')
    const used = await run(process.execPath, ['use.ts'], { cwd: join(folder, 'app') })
    t.is(used.stdout.trim(), '192 29 1')
    const checked = await run(
      process.execPath,
      [
        join(root, 'node_modules/typescript/bin/tsc'),
        ...['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024'],
        'use.ts',
      ],
      { cwd: join(folder, 'app') },
    ).catch((error: { stdout: string }) => error)
    t.is(checked.stdout, '')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
