// weft node: a full node; with a validator's key in its folder, a validator.

import type { Command } from '../context.ts'
import { runFullNode } from '../run-node.ts'

export const node: Command<'node'> = (values, _args, context) => runFullNode(values, context)
