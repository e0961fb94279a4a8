// Who may use an interface of another stack: the seam between routes and tokens. A guard throws where a request may
// not; without one everybody may, which is what an address on loopback is for.

import type { FastifyRequest } from 'fastify'
import type { Right } from '../json-rpc/method.ts'

export type RouteGuard = (request: FastifyRequest, right: Right) => void | Promise<void>

type Hook = (request: FastifyRequest) => Promise<void>

/** Hooks that let only allowed requests pass; none without a guard. */
export const allowedOnly = (guard: RouteGuard | undefined, right: Right): readonly Hook[] =>
  guard === undefined ? [] : [async (request) => guard(request, right)]
