// Every bound that the network keeps, with its default. A node's configuration may change each by itself;
// docs/operations.md and the metrics use the same names. "Peer" means one libp2p peer id.

export interface NetworkLimits {
  /** Connections in all; above it libp2p closes the least useful. Default 100. */
  readonly maxConnections: number
  /** Inbound connections from one IP address. Default 8. */
  readonly maxConnectionsPerIp: number
  /** Connections with one peer id. Default 3. */
  readonly maxConnectionsPerPeer: number
  /** New inbound connections a second from one host. Default 5. */
  readonly inboundConnectionsPerSecond: number
  /** Inbound connections that have not finished Noise and Yamux. Default 32. */
  readonly maxPendingInbound: number
  /** How long an inbound connection may take to finish them, and a stream its negotiation. Default 4,000 ms. */
  readonly upgradeTimeoutMs: number
  /** Connections that the dialer tries to have. Default 12. */
  readonly targetPeers: number
  /** Connections that whoever restores a block from light nodes tries to have meanwhile. Default 64. */
  readonly reachPeers: number
  /** Open inbound Yamux streams on one connection. Default 128. */
  readonly maxStreamsPerConnection: number
  /** New inbound streams a second on one connection; above it the socket is paused. Default 100, burst 400. */
  readonly streamsPerSecond: number
  readonly streamsBurst: number
  /** Yamux frames a second on one connection; above it the socket is paused. Default 3,000, burst 6,000. */
  readonly framesPerSecond: number
  readonly framesBurst: number
  /**
   * Those of them that bring less than 128 bytes, window updates that we caused left out; likewise. Default 1,000, burst
   * 4,000.
   */
  readonly smallFramesPerSecond: number
  readonly smallFramesBurst: number
  /**
   * How long a peer may be above `streamsPerSecond`, `smallFramesPerSecond`, `gossipBytesPerSecond` or
   * `gossipEntriesPerSecond` without a break, what it has to wait included; then it is disconnected and banned. Default
   * 3,000 ms.
   */
  readonly overLimitMs: number
  /**
   * Bytes of the muxer that wait for one connection's full socket: replies to what the peer sends, of 12 bytes each. What
   * streams have to say waits in the streams. Above it the connection is closed. Default 64 KiB.
   */
  readonly connectionSendBufferBytes: number
  /** Largest gossip message. Default 4 MiB. */
  readonly gossipMessageBytes: number
  /** Gossip bytes a second from one peer; what is above is held back in the peer's own buffers. Default 32 MiB. */
  readonly gossipBytesPerSecond: number
  readonly gossipBytesBurst: number
  /** Gossip entries (messages, and control entries of all kinds) a second from one peer, likewise. Default 1,000, burst 8,000. */
  readonly gossipEntriesPerSecond: number
  readonly gossipEntriesBurst: number
  /** Subscriptions, grafts and prunes a second from one peer; above it they cost score. Default 100, burst 2,000. */
  readonly gossipControlPerSecond: number
  readonly gossipControlBurst: number
  /** Messages of one peer that may be judged `ignore` a second before they cost score. Default 100, burst 4,000. */
  readonly ignoredPerSecond: number
  readonly ignoredBurst: number
  /** Bytes queued to one peer's gossip stream; a peer that lets it fill up is disconnected. Default 32 MiB. */
  readonly gossipSendBufferBytes: number
  /** Publishing waits while a moving peer has more than this queued. Default 4 MiB. */
  readonly gossipSendMarkBytes: number
  /** Up to so many subscribers get own messages directly; above it the mesh does it. Default 32. */
  readonly floodPublishPeers: number
  /**
   * Bytes that wait in the network for all peers together, read and not yet used or written and not yet taken; above it
   * the connection with the most is closed, until it is enough. Default 256 MiB.
   */
  readonly bufferedBytes: number
  /** Gossip messages under validation, in all and from one peer. Default 1,024 and 512. */
  readonly pendingValidations: number
  readonly pendingValidationsPerPeer: number
  /** Their bytes, in all and from one peer. Default 96 MiB and 64 MiB. */
  readonly pendingBytes: number
  readonly pendingBytesPerPeer: number
  /** A validation that takes longer counts as `ignore`. Default 5,000 ms. */
  readonly validationTimeoutMs: number
  /** Inbound requests answered at once, in all and for one peer. Default 64 and 16. */
  readonly inboundRequests: number
  readonly inboundRequestsPerPeer: number
  /** Inbound submissions at once: each may hold a whole blob. Default 4. */
  readonly inboundSubmissions: number
  /**
   * Bytes of inbound requests of a mebibyte and more that are read and answered at once, which only submissions have; one
   * of any size where it is alone. Further ones wait unread. Default 32 MiB.
   */
  readonly inboundRequestBytes: number
  /** Inbound requests a second, for one peer and in all. Default 50, burst 200; 500, burst 2,000. */
  readonly requestsPerSecondPerPeer: number
  readonly requestsBurstPerPeer: number
  readonly requestsPerSecond: number
  readonly requestsBurst: number
  /** Answer bytes a second, for one peer and in all. Default 8 MiB, burst 32 MiB; 64 MiB, burst 128 MiB. */
  readonly answerBytesPerSecondPerPeer: number
  readonly answerBytesBurstPerPeer: number
  readonly answerBytesPerSecond: number
  readonly answerBytesBurst: number
  /** How long a peer may take to send its request. Default 5,000 ms; a submission has `answerTimeoutMs`. */
  readonly requestReadTimeoutMs: number
  /** How long answering one request may take. Default 30,000 ms. */
  readonly answerTimeoutMs: number
  /** How long a reader may take nothing before its stream is reset. Default 10,000 ms. */
  readonly writeStallMs: number
  /** Own requests to one peer at once; more wait. Default 8, and at most 256 wait. */
  readonly outboundRequestsPerPeer: number
  readonly outboundRequestsWaiting: number
  /** A peer is asked for its status so often, and has so long to answer. Default 10,000 ms each. */
  readonly statusIntervalMs: number
  readonly statusTimeoutMs: number
  /** Penalty points at which a peer is disconnected and banned. Default 100; a rejected message is 10. */
  readonly banPoints: number
  /** Penalty points halve in this time. Default 120,000 ms. */
  readonly pointsHalfLifeMs: number
  /** Length of a ban. Default 600,000 ms. */
  readonly banMs: number
  /** Banned peers, and peers with points, that are remembered. Default 1,024 each. */
  readonly bannedPeers: number
  readonly scoredPeers: number
  /** So many banned peers of one IP address ban the address. Default 4. */
  readonly bannedPeersPerIp: number
  /** First and longest wait before a bootnode or validator is dialled again. Default 500 and 30,000 ms. */
  readonly redialMinMs: number
  readonly redialMaxMs: number
}

const MiB = 2 ** 20

export const defaultLimits: NetworkLimits = {
  maxConnections: 100,
  maxConnectionsPerIp: 8,
  maxConnectionsPerPeer: 3,
  inboundConnectionsPerSecond: 5,
  maxPendingInbound: 32,
  upgradeTimeoutMs: 4_000,
  targetPeers: 12,
  reachPeers: 64,
  maxStreamsPerConnection: 128,
  streamsPerSecond: 100,
  streamsBurst: 400,
  framesPerSecond: 3_000,
  framesBurst: 6_000,
  smallFramesPerSecond: 1_000,
  smallFramesBurst: 4_000,
  overLimitMs: 3_000,
  connectionSendBufferBytes: 64 * 1_024,
  gossipMessageBytes: 4 * MiB,
  gossipBytesPerSecond: 32 * MiB,
  gossipBytesBurst: 64 * MiB,
  gossipEntriesPerSecond: 1_000,
  gossipEntriesBurst: 8_000,
  gossipControlPerSecond: 100,
  gossipControlBurst: 2_000,
  ignoredPerSecond: 100,
  ignoredBurst: 4_000,
  gossipSendBufferBytes: 32 * MiB,
  gossipSendMarkBytes: 4 * MiB,
  floodPublishPeers: 32,
  bufferedBytes: 256 * MiB,
  pendingValidations: 1_024,
  pendingValidationsPerPeer: 512,
  pendingBytes: 96 * MiB,
  pendingBytesPerPeer: 64 * MiB,
  validationTimeoutMs: 5_000,
  inboundRequests: 64,
  inboundRequestsPerPeer: 16,
  inboundSubmissions: 4,
  inboundRequestBytes: 32 * MiB,
  requestsPerSecondPerPeer: 50,
  requestsBurstPerPeer: 200,
  requestsPerSecond: 500,
  requestsBurst: 2_000,
  answerBytesPerSecondPerPeer: 8 * MiB,
  answerBytesBurstPerPeer: 32 * MiB,
  answerBytesPerSecond: 64 * MiB,
  answerBytesBurst: 128 * MiB,
  requestReadTimeoutMs: 5_000,
  answerTimeoutMs: 30_000,
  writeStallMs: 10_000,
  outboundRequestsPerPeer: 8,
  outboundRequestsWaiting: 256,
  statusIntervalMs: 10_000,
  statusTimeoutMs: 10_000,
  banPoints: 100,
  pointsHalfLifeMs: 120_000,
  banMs: 600_000,
  bannedPeers: 1_024,
  scoredPeers: 1_024,
  bannedPeersPerIp: 4,
  redialMinMs: 500,
  redialMaxMs: 30_000,
}

/** A limit's name: in configuration, docs/operations.md and the label of `weft_network_limited_total`. */
export type LimitName = keyof NetworkLimits
/** Told whenever a limit stood in a peer's way. */
export type OnLimit = (limit: LimitName) => void

/** What many nodes on one machine need: no limits per address, and patience with processes that share its cores. Never the default. */
export const devnetLimits: Partial<NetworkLimits> = {
  maxConnectionsPerIp: 1_000,
  inboundConnectionsPerSecond: 1_000,
  maxPendingInbound: 256,
  bannedPeersPerIp: 1_000_000,
  redialMaxMs: 3_000,
  upgradeTimeoutMs: 15_000,
  statusTimeoutMs: 20_000,
}
