// The OpenRPC documents of the JSON-RPC interfaces, from their methods alone: nothing of them is called.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { celestiaInfo } from '../../src/api/celestia/api.ts'
import { blobMethods } from '../../src/api/celestia/blob-methods.ts'
import { headerMethods } from '../../src/api/celestia/header-methods.ts'
import { withDiscovery } from '../../src/api/json-rpc/openrpc.ts'
import { nitroInfo } from '../../src/api/nitro/api.ts'
import { nitroMethods } from '../../src/api/nitro/methods.ts'
import { root } from './pages.ts'

const nothing = {} as never

export const openRpcDocuments = (): Readonly<Record<string, object>> => ({
  celestia: withDiscovery(celestiaInfo, [...blobMethods(nothing), ...headerMethods(nothing, nothing)])
    .document,
  nitro: withDiscovery(nitroInfo, nitroMethods(nothing, nothing)).document,
})

/** Writes docs/openrpc/ where this file is the program. */
if (process.argv[1] === import.meta.filename) {
  for (const [name, document] of Object.entries(openRpcDocuments())) {
    writeFileSync(join(root, 'docs/openrpc', `${name}.json`), `${JSON.stringify(document, null, 2)}\n`)
  }
}
