// What others have measured of the world's networks. Only facts are taken over; each with its source.
//
// [graph]  libp2p/test-plans, gossipsub-interop/network_graph.py: one-way delays between regions, and how many of
//          Ethereum's nodes are in each. https://github.com/libp2p/test-plans/blob/master/gossipsub-interop/network_graph.py
//          The same file's node types: 1,024 Mbit/s for well-connected nodes, 50 for others.
//          Checked against "AWS Regions", round trips between data centres (Virginia to Frankfurt 88.6 ms, to Tokyo 145.3,
//          to Singapore 216.7, to Sydney 230): https://acomputerscientistlearnsaws.blogspot.com/2017/04/aws-regions.html
//          The graph's delays are up to 1.9 times half of those; the slower of the two is used.
// [7870]   EIP-7870, Hardware and Bandwidth Recommendations: full node 50/15 Mbit/s down/up, local block builder 100/50.
//          https://eips.ethereum.org/EIPS/eip-7870
// [retransmissions] Pentikousis, Badr, Andrade, "A comparative study of aggregate TCP retransmission rates": half of the traces lost
//          more than 1 %, half less. https://arxiv.org/abs/1112.2292
// [6928]   RFC 6928: TCP begins with ten segments, and begins again after an idle second (RFC 6298's least timeout,
//          Linux's tcp_slow_start_after_idle).

/** [graph] Share of nodes, and one-way milliseconds to each region in this order. */
export const regions = [
  { name: 'europe', nodes: 5_599, delaysMs: [2, 70, 110, 125, 165, 60, 95, 140] },
  { name: 'na-east', nodes: 2_894, delaysMs: [70, 2, 60, 140, 150, 110, 130, 100] },
  { name: 'na-west', nodes: 1_240, delaysMs: [110, 60, 2, 100, 110, 150, 160, 100] },
  { name: 'east-asia', nodes: 1_059, delaysMs: [125, 140, 100, 4, 110, 110, 175, 175] },
  { name: 'australia', nodes: 290, delaysMs: [165, 150, 110, 110, 2, 180, 220, 190] },
  { name: 'west-asia', nodes: 161, delaysMs: [60, 110, 150, 110, 180, 5, 110, 145] },
  { name: 'south-africa', nodes: 47, delaysMs: [95, 130, 160, 175, 220, 110, 7, 190] },
  { name: 'south-america', nodes: 36, delaysMs: [140, 100, 100, 175, 190, 145, 190, 7] },
] as const

export type Role = 'validator' | 'full' | 'light'

/** Mbit/s down and up by role. */
export type Bandwidth = Readonly<Record<Role, { readonly down: number; readonly up: number }>>

export const bandwidths = {
  /** Everybody at home [7870]: validators build blocks, so theirs are a local block builder's. */
  home: {
    validator: { down: 100, up: 50 },
    full: { down: 50, up: 15 },
    light: { down: 50, up: 15 },
  },
  /** Validators in data centres, full nodes as others measured [graph], light nodes at home [7870]. */
  server: {
    validator: { down: 1_024, up: 1_024 },
    full: { down: 50, up: 50 },
    light: { down: 50, up: 15 },
  },
  /** One machine: for the comparison with a real network on loopback. */
  loopback: {
    validator: { down: 20_000, up: 20_000 },
    full: { down: 20_000, up: 20_000 },
    light: { down: 20_000, up: 20_000 },
  },
} as const satisfies Record<string, Bandwidth>

export type Profile = keyof typeof bandwidths

/** One-way delay on loopback. */
export const LOOPBACK_MS = 0.05

/** Segments of a packet on the way, and what TCP begins with [6928]. */
export const SEGMENT_BYTES = 1_448
export const INITIAL_WINDOW_BYTES = 10 * SEGMENT_BYTES
/** A connection that was silent for so long begins slowly again. */
export const IDLE_MS = 1_000
/** The kernel's largest send window by default (Linux tcp_wmem). */
export const MAX_WINDOW_BYTES = 4 * 2 ** 20
/** TCP and IP headers of a segment: bytes on the wire are more than bytes sent. */
export const HEADER_SHARE = 52 / SEGMENT_BYTES
/** Least wait before a lost segment at the end of a message is sent again (Linux). */
export const LEAST_RETRANSMIT_MS = 200
