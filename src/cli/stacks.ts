// The interfaces of other stacks that a node's options switch on, each on an address of its own.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAltDaApi } from '../api/altda/api.ts'
import { createBeaconApi } from '../api/beacon/api.ts'
import { createCelestiaApi } from '../api/celestia/api.ts'
import { createNitroApi } from '../api/nitro/api.ts'
import { parseJwtSecret } from '../api/nitro/jwt.ts'
import type { Api } from '../api/server.ts'
import type { ChainFacts, StackComponents, StackName } from '../api/stacks/stack.ts'
import { toHex } from '../base/bytes.ts'
import { chainOf } from '../chain/chain.ts'
import type { Genesis } from '../chain/containers.ts'
import { badInput } from './failure.ts'
import { readBytes } from './files.ts'
import { parseNamespace } from './namespace.ts'
import { folderPaths } from './node-folder.ts'
import type { OptionsOf } from './options/command-options.ts'

export interface Stack {
  readonly name: StackName
  readonly api: Api
}

/** Those that are switched on; nothing runs before their start. Throws `usage`. */
export const createStacks = (
  values: OptionsOf<'node'>,
  genesis: Genesis,
  components: StackComponents,
): readonly Stack[] => {
  const chain: ChainFacts = {
    chainId: toHex(chainOf(genesis).chainId),
    genesisMs: genesis.timestamp,
    maxRows: genesis.maxRows,
    blockIntervalMs: genesis.blockIntervalMs,
  }
  const { altda, nitro, celestia, beacon } = values
  const anonymous = values.apiAnonymous === 'none' ? undefined : values.apiAnonymous
  const stacks: Stack[] = []
  if (altda !== undefined) {
    const namespace = parseNamespace(values.altdaNamespace)
    // One index a namespace: another one is another history.
    const indexLocation = join(folderPaths(values.dir).database, `altda-${toHex(namespace.subarray(19))}`)
    const api = createAltDaApi({ ...altda, chain, anonymous, namespace, indexLocation }, components)
    stacks.push({ name: 'altda', api })
  }
  if (nitro !== undefined) {
    const namespace = parseNamespace(values.nitroNamespace)
    const jwtSecret = values.nitroJwt === undefined ? undefined : readSecret(values.nitroJwt)
    const api = createNitroApi(
      { ...nitro, chain, anonymous, namespace, ...(jwtSecret && { jwtSecret }) },
      components,
    )
    stacks.push({ name: 'nitro', api })
  }
  if (celestia !== undefined) {
    stacks.push({ name: 'celestia', api: createCelestiaApi({ ...celestia, chain, anonymous }, components) })
  }
  if (beacon !== undefined) {
    const api = createBeaconApi({ ...beacon, chain, anonymous, version: ownVersion() }, components)
    stacks.push({ name: 'beacon', api })
  }
  return stacks
}

const readSecret = (path: string): Uint8Array => {
  const secret = parseJwtSecret(new TextDecoder().decode(readBytes(path, 'a secret for JWTs')))
  if (secret === undefined)
    throw badInput(`expected 32 bytes in hex in ${path}, as geth's jwtsecret has them`)
  return secret
}

const ownVersion = (): string => {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
