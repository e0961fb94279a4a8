// Gossipsub as our nodes run it, as events: meshes of degree D on each topic, messages forwarded once they are judged,
// duplicates counted, IDONTWANT for what is larger than 512 bytes, own messages to all subscribers where those are few,
// and at each heartbeat IHAVE to some of the others. Left out: grafting and pruning (meshes stay as they are for a run),
// scores other than bans, and IHAVE to those that have the message already, of which only the bytes are counted.

import { type Random, uniform } from '../../src/sampling/random.ts'
import type { Cpu } from './cpu.ts'
import type { EventQueue } from './event-queue.ts'
import { type Channel, channels, type Links } from './links.ts'
import { shuffled } from './random.ts'
import { highOf } from './scenario.ts'

export interface Message {
  /** Of topic and content: the same column seeded twice is one message. */
  readonly id: string
  readonly channel: Channel
  readonly bytes: number
  readonly value: unknown
}

export type Outcome = 'accept' | 'ignore' | 'reject'

export interface GossipInit {
  readonly neighbours: readonly (readonly number[])[]
  readonly floodPublishPeers: number
  /** Copies that the publisher of a column sends; 0: as gossip decides. */
  readonly publishCopies: number
  /** Main-thread milliseconds of one message, on each side. */
  readonly messageMs: (bytes: number) => number
}

export interface GossipComponents {
  readonly queue: EventQueue
  readonly links: Links
  readonly random: Random
  readonly main: readonly Cpu[]
  /** A new message has come: judge it and say what became of it, once. */
  readonly onMessage: (
    node: number,
    message: Message,
    from: number,
    judged: (outcome: Outcome) => void,
  ) => void
  readonly isBanned: (node: number, peer: number) => boolean
  readonly onReject: (node: number, peer: number) => void
}

export interface Topic {
  readonly name: string
  readonly subscribers: readonly number[]
  /** Place of a node among the subscribers, or -1. */
  readonly place: Int32Array
  /** By place: places of the mesh's peers, and of other connected subscribers. */
  readonly mesh: readonly Int32Array[]
  readonly others: readonly Int32Array[]
  /** Where a place's mesh begins among all mesh links. */
  readonly first: Int32Array
  readonly links: number
  readonly flights: Map<string, Flight>
}

export interface GossipNet {
  addTopic(name: string, subscribers: readonly number[], degree: number): Topic
  /** Sends an own message; the number of peers that it was sent to. */
  publish(topic: Topic, node: number, message: Message): number
  /** Copies that came to who had the message already. */
  readonly duplicates: number
  readonly deliveries: number
  /** Bytes of first copies that a node has got, framing left out. */
  firstBytes(channel: Channel, node: number): number
}

/** Topic name, protobuf and Noise framing of one message. */
export const RPC_OVERHEAD_BYTES = 140
const CONTROL_BYTES = 64
const IHAVE_BYTES = 24
const IDONTWANT_LEAST_BYTES = 512
const HEARTBEAT_MS = 1_000
/** Gossipsub's D, of a publisher that does not subscribe. */
const FANOUT = 8
/** How long a message is remembered. */
const SEEN_MS = 30_000
/** Gossipsub's D_lazy and gossip factor. */
const LAZY_PEERS = 6
const LAZY_SHARE = 0.25

/** A message on its way through a topic. */
export interface Flight {
  readonly topic: Topic
  readonly since: number
  readonly message: Message
  readonly bytes: number
  /** By place: 1 seen, 2 forwarded. */
  readonly state: Uint8Array
  /** By mesh link: the peer has said that it has it. */
  readonly unwanted: Uint8Array
  /** By place: an IWANT is under way. */
  readonly wanted: Uint8Array
}

export const createGossipNet = (init: GossipInit, components: GossipComponents): GossipNet => {
  const { queue, links, random, main } = components
  const heartbeat = Float64Array.from(init.neighbours, () => (random() / 2 ** 32) * HEARTBEAT_MS)
  const first = channels.map(() => new Float64Array(init.neighbours.length))
  let duplicates = 0
  let deliveries = 0

  const addTopic = (name: string, subscribers: readonly number[], degree: number): Topic => {
    const place = new Int32Array(init.neighbours.length).fill(-1)
    for (const [at, node] of subscribers.entries()) place[node] = at
    const known = subscribers.map((node) =>
      init.neighbours[node]!.map((other) => place[other]!).filter((other) => other >= 0),
    )
    const meshes = subscribers.map(() => new Set<number>())
    const high = highOf(degree)
    for (const at of shuffled(random, [...subscribers.keys()])) {
      for (const other of shuffled(random, known[at]!)) {
        if (meshes[at]!.size >= degree) break
        if (meshes[other]!.size >= high) continue
        meshes[at]!.add(other)
        meshes[other]!.add(at)
      }
    }
    const mesh = meshes.map((set) => Int32Array.from(set).sort())
    const first = new Int32Array(subscribers.length)
    let count = 0
    for (const [at, peers] of mesh.entries()) {
      first[at] = count
      count += peers.length
    }
    const others = known.map((peers, at) => Int32Array.from(peers.filter((peer) => !meshes[at]!.has(peer))))
    return { name, subscribers, place, mesh, others, first, links: count, flights: new Map() }
  }

  const send = (flight: Flight, from: number, to: number): void => {
    if (components.isBanned(from, to) || components.isBanned(to, from)) return
    const { bytes, message, topic } = flight
    const takes = init.messageMs(bytes)
    main[from]!.run(takes, () =>
      links.send(from, to, bytes, message.channel, () =>
        main[to]!.run(takes, () => arrive(flight, topic.place[from]!, from, topic.place[to]!, to)),
      ),
    )
  }

  /** `fromPlace` is -1 for a publisher that is no subscriber. */
  const arrive = (flight: Flight, fromPlace: number, from: number, at: number, node: number): void => {
    const { topic, message, state } = flight
    if (components.isBanned(node, from)) return
    if (fromPlace >= 0) markUnwanted(flight, at, fromPlace)
    if (state[at] !== 0) {
      duplicates++
      return
    }
    state[at] = 1
    deliveries++
    first[channels.indexOf(message.channel)]![node]! += message.bytes
    if (flight.bytes >= IDONTWANT_LEAST_BYTES) tellMesh(flight, at, node, from)
    components.onMessage(node, message, from, (outcome) => {
      if (outcome === 'reject') components.onReject(node, from)
      if (outcome !== 'accept') return
      state[at] = 2
      const { mesh, subscribers, first } = topic
      for (const [i, peer] of mesh[at]!.entries())
        if (flight.unwanted[first[at]! + i] === 0 && subscribers[peer] !== from)
          send(flight, node, subscribers[peer]!)
      gossipLater(flight, at, node)
    })
  }

  /** `at` knows now that `peer` has the message. */
  const markUnwanted = ({ topic, unwanted }: Flight, at: number, peer: number): void => {
    const i = topic.mesh[at]!.indexOf(peer)
    if (i >= 0) unwanted[topic.first[at]! + i] = 1
  }

  const tellMesh = (flight: Flight, at: number, node: number, from: number): void => {
    for (const peer of flight.topic.mesh[at]!) {
      const other = flight.topic.subscribers[peer]!
      if (other === from) continue
      links.send(node, other, CONTROL_BYTES, 'control', () => markUnwanted(flight, peer, at))
    }
  }

  const gossipLater = (flight: Flight, at: number, node: number): void => {
    const { topic, state, wanted } = flight
    const others = topic.others[at]!
    if (others.length === 0) return
    const beat = heartbeat[node]!
    const due = Math.ceil((queue.now - beat) / HEARTBEAT_MS + 1e-9) * HEARTBEAT_MS + beat
    queue.push(due, () => {
      const count = Math.min(others.length, Math.max(LAZY_PEERS, Math.ceil(LAZY_SHARE * others.length)))
      // Some of them, at random: a walk from a random start, which is cheap.
      const start = uniform(random, others.length)
      for (let i = 0; i < count; i++) {
        const peer = others[(start + i) % others.length]!
        if (state[peer] !== 0) continue
        const other = topic.subscribers[peer]!
        if (components.isBanned(other, node)) continue
        links.send(node, other, IHAVE_BYTES, 'control', () => {
          if (state[peer] !== 0 || wanted[peer] !== 0) return
          wanted[peer] = 1
          links.send(other, node, CONTROL_BYTES, 'control', () => send(flight, node, other))
        })
      }
    })
  }

  const flightOf = (topic: Topic, message: Message): Flight => {
    const known = topic.flights.get(message.id)
    if (known !== undefined && queue.now - known.since < SEEN_MS) return known
    const flight: Flight = {
      topic,
      since: queue.now,
      message,
      bytes: message.bytes + RPC_OVERHEAD_BYTES,
      state: new Uint8Array(topic.subscribers.length),
      unwanted: new Uint8Array(topic.links),
      wanted: new Uint8Array(topic.subscribers.length),
    }
    topic.flights.set(message.id, flight)
    for (const [id, { since }] of topic.flights) {
      if (queue.now - since < SEEN_MS) break
      topic.flights.delete(id)
    }
    return flight
  }

  const recipientsOf = (topic: Topic, node: number, message: Message): readonly number[] => {
    const connected = init.neighbours[node]!.filter((other) => topic.place[other]! >= 0)
    if (message.channel === 'column' && init.publishCopies > 0 && connected.length > FANOUT)
      return shuffled(random, connected).slice(0, init.publishCopies)
    if (connected.length <= init.floodPublishPeers) return connected
    const at = topic.place[node]!
    if (at >= 0) return [...topic.mesh[at]!].map((peer) => topic.subscribers[peer]!)
    return shuffled(random, connected).slice(0, FANOUT)
  }

  return {
    addTopic,
    firstBytes: (channel, node) => first[channels.indexOf(channel)]![node]!,
    get duplicates() {
      return duplicates
    },
    get deliveries() {
      return deliveries
    },
    publish(topic, node, message) {
      const flight = flightOf(topic, message)
      const at = topic.place[node]!
      if (at >= 0) {
        // What it has sent or seen before a node does not send again.
        if (flight.state[at] !== 0) return 0
        flight.state[at] = 2
        gossipLater(flight, at, node)
      }
      const recipients = recipientsOf(topic, node, message)
      for (const other of recipients) send(flight, node, other)
      return recipients.length
    },
  }
}
