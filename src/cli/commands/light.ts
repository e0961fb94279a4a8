// weft light: a light node.

import type { Command } from '../context.ts'
import { runLightNode } from '../run-node.ts'

export const light: Command<'light'> = (values, _args, context) => runLightNode(values, context)
