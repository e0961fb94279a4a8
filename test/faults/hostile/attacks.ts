// Every attack by its name, in the order in which they are made.

import type { Attack } from './attack.ts'
import { connectionAttacks } from './connection-attacks.ts'
import { gossipAttacks } from './gossip-attacks.ts'
import { streamAttacks } from './stream-attacks.ts'

export const attacks: Readonly<Record<string, Attack>> = {
  ...gossipAttacks,
  ...streamAttacks,
  ...connectionAttacks,
}
