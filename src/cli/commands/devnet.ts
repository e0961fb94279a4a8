// weft devnet: a whole network on this machine.

import type { Command } from '../context.ts'
import { runDevnet } from '../devnet/run.ts'

export const devnet: Command<'devnet'> = (values, _args, context) => runDevnet(values, context)
