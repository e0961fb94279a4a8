// Nitro's (and geth's) authentication between programs of one operator: a JWT signed with a shared secret, HS256, that
// was issued within the last minute.

import type { FastifyRequest } from 'fastify'
import { jwtVerify } from 'jose'
import { fromHex } from '../../base/bytes.ts'
import { apiError } from '../errors.ts'
import type { RouteGuard } from '../json-rpc/http.ts'

/** geth, `jwtExpiryTimeout`. */
const MAX_AGE_S = 60
/** By how much clocks may differ. */
const SKEW_S = 5

/** The secret of a file's text: 32 bytes in hex, with 0x or without. Undefined: none. */
export const parseJwtSecret = (text: string): Uint8Array | undefined => fromHex(text.trim(), 32)

/** Lets only requests pass whose bearer token was signed with the secret within the last minute. */
export const createJwtGuard =
  (secret: Uint8Array): RouteGuard =>
  async ({ headers }: FastifyRequest) => {
    const [, token] = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '') ?? []
    if (token === undefined) throw apiError('unauthorized', 'expected a JWT: Authorization: Bearer ...')
    try {
      await jwtVerify(token, secret, {
        algorithms: ['HS256'],
        maxTokenAge: MAX_AGE_S,
        clockTolerance: SKEW_S,
      })
    } catch (cause) {
      throw apiError('unauthorized', `expected a fresh JWT of the shared secret: ${(cause as Error).message}`)
    }
  }
