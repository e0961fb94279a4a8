// gamma, the challenge that folds a band's rows into one polynomial. It is fixed only after every commitment and every
// byte of every tile is, since both roots go into it; without it nobody could be held to g rows by one proof.

import { u16be, utf8 } from '../base/bytes.ts'
import type { FieldKernel } from '../kernel/field-kernel.ts'
import type { GridHeader } from './block.ts'
import type { Sha256 } from './sha256.ts'
import type { Shape } from './shape.ts'

const TILE_DOMAIN = utf8('weft.tile.v1')

/** SHA-256("weft.tile.v1" || N as u16 || B as u16 || commitmentsRoot || dataRoot) mod r: 32 bytes, big-endian. */
export const challengeOf = (
  { kernel, sha256 }: { readonly kernel: Pick<FieldKernel, 'reduce'>; readonly sha256: Sha256 },
  { rowCount, bands }: Pick<Shape, 'rowCount' | 'bands'>,
  { commitmentsRoot, dataRoot }: Pick<GridHeader, 'commitmentsRoot' | 'dataRoot'>,
): Uint8Array => kernel.reduce(sha256(TILE_DOMAIN, u16be(rowCount), u16be(bands), commitmentsRoot, dataRoot))
