import { node } from '../node/node.ts'

export const up = node
