// Handlers that exist only when the node is built: the network is made before what it feeds and serves.

import type { GossipHandlers, StreamHandlers } from '../chain/ports.ts'

export const lateGossip = (handlers: () => GossipHandlers): GossipHandlers => ({
  header: (message, from) => handlers().header(message, from),
  proposal: (message, from) => handlers().proposal(message, from),
  column: (message, from) => handlers().column(message, from),
  vote: (message, from) => handlers().vote(message, from),
  certificate: (message, from) => handlers().certificate(message, from),
})

export const lateStreams = (handlers: () => StreamHandlers): StreamHandlers => ({
  status: () => handlers().status(),
  headers: (request) => handlers().headers(request),
  certificates: (request) => handlers().certificates(request),
  proposals: (request) => handlers().proposals(request),
  columns: (request, from) => handlers().columns(request, from),
  tiles: (request, from) => handlers().tiles(request, from),
  held: (request, from) => handlers().held(request, from),
  submit: (submission, from) => handlers().submit(submission, from),
})
