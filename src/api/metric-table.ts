// Every metric that a node has, in one table: what the Prometheus registry is made of, and what docs/metrics.md lists.
// Names end in their unit; labels have few values, all bounded.

export interface MetricSpec {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly labels: readonly string[]
  readonly help: string
}

const counter = (help: string, ...labels: readonly string[]): MetricSpec => ({
  kind: 'counter',
  labels,
  help,
})
const gauge = (help: string, ...labels: readonly string[]): MetricSpec => ({ kind: 'gauge', labels, help })
const seconds = (help: string, ...labels: readonly string[]): MetricSpec => ({
  kind: 'histogram',
  labels,
  help,
})

export const metricTable: Readonly<Record<string, MetricSpec>> = {
  weft_final_height: gauge('Height of the newest final block that this node knows'),
  weft_consensus_height: gauge('Height that consensus works on'),
  weft_certificates_total: counter('Certificates that were new here, by kind', 'kind'),
  weft_consensus_evidence_total: counter(
    'Contradictions seen: votes or headers of one validator, or final blocks, that exclude each other',
  ),
  weft_consensus_inputs_dropped_total: counter('Votes dropped because too many inputs waited'),
  weft_blocks_invalid_total: counter('Blocks whose parts fit their header and make no valid block'),
  weft_blocks_restored_from_tiles_total: counter(
    'Blocks restored from single tiles because whole columns were too few: somebody withholds, or tried to',
  ),
  weft_block_keep_seconds: seconds('From having enough of a block to having it checked and on disk'),
  weft_columns_reseeded_total: counter('Custody columns restored and published again'),
  weft_encode_seconds: seconds('Encoding a block of waiting blobs: packing, commitments, codes, proofs'),
  weft_mempool_bytes: gauge('Bytes of blobs that wait for a block'),
  weft_mempool_blobs: gauge('Blobs that wait for a block'),
  weft_sampling_blocks_total: counter('Blocks sampled, by verdict', 'verdict'),
  weft_sampling_failed_tiles_total: counter('Drawn tiles that could not be had, by reason', 'reason'),
  weft_sampling_pending_blocks: gauge('Blocks that are being sampled or wait to be'),
  weft_sampling_refused_blocks_total: counter('Blocks that found no place among those (`pendingSamples`)'),
  weft_sampling_received_bytes_total: counter('Bytes of answers received while sampling'),
  weft_sampling_seconds: seconds('From the beginning of sampling a block to its verdict'),
  weft_light_served_bytes_total: counter('Bytes of its tiles that a light node gave to others'),
  weft_light_serving_refused_total: counter(
    'Questions for tiles refused because a limit was reached: streams or bytes',
    'limit',
  ),
  weft_light_relayed_tiles_total: counter('Tiles fetched from nodes that only dial, for whoever asks'),
  weft_light_tile_bytes: gauge('Bytes of sampled tiles that a light node keeps'),
  weft_restore_blocks_total: counter('Blocks to be restored from light nodes, by result', 'result'),
  weft_restore_received_bytes_total: counter('Bytes of tiles received while restoring from light nodes'),
  weft_network_connections: gauge('Open connections, by direction', 'direction'),
  weft_network_gossip_peers: gauge('Peers with an open gossip stream'),
  weft_network_gossip_queued_bytes: gauge('Gossip bytes queued to slow peers'),
  weft_network_gossip_bytes_total: counter('Gossip bytes received, by topic', 'topic'),
  weft_network_gossip_verdicts_total: counter('Gossip messages judged', 'topic', 'verdict', 'code'),
  weft_network_published_total: counter('Own messages published, by topic', 'topic'),
  weft_network_pending_validations: gauge('Gossip messages that are being judged'),
  weft_network_validation_seconds: seconds('Judging one gossip message', 'topic'),
  weft_network_requests_total: counter(
    'Requests on streams, by direction and result',
    'direction',
    'stream',
    'result',
  ),
  weft_network_request_seconds: seconds('Own requests, until their last answer', 'stream'),
  weft_network_answer_seconds: seconds('Answering one request', 'stream'),
  weft_network_answer_bytes_total: counter('Bytes of answers sent', 'stream'),
  weft_network_answers_active: gauge('Requests that are being answered'),
  weft_network_connections_denied_total: counter('Connections refused, by reason', 'reason'),
  weft_network_disconnects_total: counter('Peers disconnected for their behaviour, by reason', 'reason'),
  weft_network_penalties_total: counter('Penalties given to peers, by code', 'code'),
  weft_network_peers_learnt_total: counter('Peers that other peers told of'),
  weft_network_limited_total: counter(
    "How often a limit stood in a peer's way, by the limit's name in docs/operations.md",
    'limit',
  ),
  weft_network_buffered_bytes: gauge('Bytes that wait in streams of all peers, unread or unsent'),
  weft_network_bans_total: counter('Peers banned'),
  weft_store_write_seconds: seconds('One synced write'),
  weft_store_written_bytes_total: counter('Bytes written to the database'),
  weft_store_damaged_total: counter('Stored values found damaged, by part', 'part'),
  weft_store_failures_total: counter('Writes that failed; the node stops at the first'),
  weft_mended_blocks_total: counter(
    'Final blocks of which something that the disk lost was fetched from peers again, by part',
    'part',
  ),
  weft_store_lost_writes_total: counter('Acknowledged writes that were gone when the database was opened'),
  weft_store_repairs_total: counter('Repairs of a database that was damaged when it was opened'),
}
