// When an answer is over: sent, or its reader gone. A handler that has waited for the disk may come too late to hear of it.

import type { FastifyReply } from 'fastify'

/** Calls back once when the answer was sent or its reader has gone; at once where that has happened already. */
export const onGone = ({ raw }: Pick<FastifyReply, 'raw'>, callback: () => void): void => {
  if (raw.destroyed) callback()
  else raw.once('close', callback)
}
