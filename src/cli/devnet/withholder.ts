// A hostile leader as a process: `weft node` with all its options, except that of its own blocks it lets out fewer
// columns than restore them. The devnet starts it with the folder of a validator that it has stopped.

import { toHex } from '../../base/bytes.ts'
import { createBlstBls } from '../../chain/bls-blst.ts'
import { commands } from '../commands.ts'
import { badInput } from '../failure.ts'
import { readGenesis } from '../genesis-file.ts'
import { folderPaths, plainKeys, readNodeKeys } from '../node-folder.ts'
import { run } from '../run.ts'
import { runFullNode } from '../run-node.ts'
import { processTerminal } from '../terminal.ts'
import { withholding } from './withholding.ts'

/** The validator's place in genesis, by the key in its folder. */
const placeOf = async (dir: string): Promise<number> => {
  const { validatorKey } = await readNodeKeys(dir, plainKeys)
  if (validatorKey === undefined) throw badInput(`expected a validator's key in ${dir}`)
  const own = toHex(createBlstBls().publicKeyOf(validatorKey))
  const { genesis } = readGenesis(folderPaths(dir).genesis)
  return genesis.validators.findIndex(({ publicKey }) => toHex(publicKey) === own)
}

process.exitCode = await run(
  { argv: ['node', ...process.argv.slice(2)], environment: {}, version: '0.0.0' },
  { terminal: processTerminal(process, {}), host: process },
  {
    ...commands,
    node: {
      ...commands.node,
      load: async () => async (values, _args, context) =>
        runFullNode(values, context, withholding(await placeOf(values.dir))),
    },
  },
)
