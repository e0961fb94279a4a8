// The parts of the simulator against what can be said of them on paper.

import test from 'ava'
import { createCpu } from '../../bench/scale/cpu.ts'
import { createEventQueue } from '../../bench/scale/event-queue.ts'
import { HEADER_SHARE, INITIAL_WINDOW_BYTES, LEAST_RETRANSMIT_MS } from '../../bench/scale/facts.ts'
import { createLinks, type LinksInit } from '../../bench/scale/links.ts'
import { scenarioOf } from '../../bench/scale/main.ts'
import { fraction, seeded } from '../../bench/scale/random.ts'
import { defaults } from '../../bench/scale/scenario.ts'
import { createTopology } from '../../bench/scale/topology.ts'
import { fullNodeCustody, validatorCustody } from '../../src/chain/custody.ts'

const linksOf = (changes: Partial<LinksInit> = {}) => {
  const queue = createEventQueue(4)
  const init = {
    nodes: 3,
    upMbit: [8, 80, 8],
    downMbit: [80, 8, 80],
    delayMs: () => 30,
    loss: 0,
    slowStart: false,
  }
  const links = createLinks({ ...init, ...changes }, queue, seeded(1))
  const run = () => {
    while (queue.step()) {}
  }
  return { queue, links, run }
}

test('events happen in the order of their times, those of one time in the order of planning', (t) => {
  const queue = createEventQueue(2)
  const random = seeded(5)
  const planned: { at: number; order: number }[] = []
  const happened: { at: number; order: number }[] = []
  const cancelled: number[] = []
  for (let order = 0; order < 2_000; order++) {
    const at = Math.floor(fraction(random) * 100)
    const handle = queue.push(at, () => happened.push({ at: queue.now, order }))
    if (order % 7 === 0) cancelled.push(handle)
    else planned.push({ at, order })
  }
  for (const handle of cancelled) queue.cancel(handle)
  while (queue.step()) {}
  t.deepEqual(
    happened,
    planned.toSorted((a, b) => a.at - b.at || a.order - b.order),
  )
})

test('a handle of an event that has happened cancels no later one in its place', (t) => {
  const queue = createEventQueue(1)
  const first = queue.push(1, () => {})
  queue.step()
  let happened = false
  queue.push(2, () => {
    happened = true
  })
  queue.cancel(first)
  queue.step()
  t.true(happened)
})

test('a message over one idle link takes its bytes through the narrower end, and the delay', (t) => {
  const wire = 100_000 * (1 + HEADER_SHARE)
  for (const [from, to] of [
    [0, 1],
    [1, 2],
  ] as const) {
    const { queue, links, run } = linksOf()
    let at = 0
    links.send(from, to, 100_000, 'column', () => {
      at = queue.now
    })
    run()
    // 8 Mbit/s are 1,000 bytes a millisecond.
    const up = [1_000, 10_000, 1_000][from]!
    const down = [10_000, 1_000, 10_000][to]!
    t.true(at >= wire / Math.min(up, down) + 30 - 1e-6)
    t.true(at <= wire / up + wire / down + 30)
  }
})

test('messages of one sender leave one after the other, and their last byte in the sum of their times', (t) => {
  const { queue, links, run } = linksOf()
  const arrivals: number[] = []
  for (let i = 0; i < 10; i++) links.send(0, 2, 10_000, 'column', () => arrivals.push(queue.now))
  t.is(Math.round(links.backlogMs(0)), Math.round(100 * (1 + HEADER_SHARE)))
  run()
  const each = 10 * (1 + HEADER_SHARE)
  for (const [i, at] of arrivals.entries()) t.true(Math.abs(at - ((i + 1) * each + 30)) < 1e-6)
})

test('an idle connection waits a round trip for each doubling of its window, a warm one for none', (t) => {
  const { queue, links, run } = linksOf({
    slowStart: true,
    upMbit: [8e6, 8e6, 8e6],
    downMbit: [8e6, 8e6, 8e6],
  })
  const times: number[] = []
  const send = (bytes: number) => {
    const start = queue.now
    links.send(0, 1, bytes, 'column', () => times.push(Math.round(queue.now - start)))
    run()
  }
  // 1 + 2 + 4 + 8 windows are 15: three more round trips of 60 ms; after them the window is eight times as large.
  send(INITIAL_WINDOW_BYTES * 15)
  send(INITIAL_WINDOW_BYTES * 8)
  queue.push(queue.now + 5_000, () => {})
  run()
  send(INITIAL_WINDOW_BYTES)
  send(INITIAL_WINDOW_BYTES * 3)
  t.deepEqual(times, [30 + 180, 30, 30, 30 + 60])
})

test('the share of messages that lose a segment is the one of independent losses', (t) => {
  const { queue, links, run } = linksOf({ loss: 0.01, upMbit: [8e6, 8e6, 8e6], downMbit: [8e6, 8e6, 8e6] })
  let late = 0
  for (let i = 0; i < 20_000; i++)
    links.send(0, 1, 1_000, 'vote', () => {
      if (queue.now > LEAST_RETRANSMIT_MS) late++
    })
  run()
  t.true(Math.abs(late - 200) < 4 * Math.sqrt(200), `${late}`)
})

test('what was sent has arrived or is in flight, at every moment', (t) => {
  const { queue, links } = linksOf({ loss: 0.1, slowStart: true })
  const random = seeded(3)
  for (let i = 0; i < 500; i++)
    queue.push(fraction(random) * 1_000, () =>
      links.send(random() % 3, random() % 3, random() % 50_000, i % 2 === 0 ? 'vote' : 'column', () => {}),
    )
  const sum = (count: (channel: 'vote' | 'column', node: number) => number) =>
    [0, 1, 2].reduce((total, node) => total + count('vote', node) + count('column', node), 0)
  let steps = 0
  while (queue.step()) {
    t.is(sum(links.sent), sum(links.received) + links.inFlightBytes)
    steps++
  }
  t.true(steps > 1_000)
  t.is(links.inFlightBytes, 0)
})

test('a processor with two threads does three jobs in the time of two', (t) => {
  const queue = createEventQueue()
  const cpu = createCpu(2, queue)
  const done: number[] = []
  for (let i = 0; i < 3; i++) cpu.run(10, () => done.push(queue.now))
  while (queue.step()) {}
  t.deepEqual(done, [10, 10, 20])
  t.is(cpu.busyMs, 30)
})

test('custody is the chain’s own, and nobody has more connections than allowed or one of itself', (t) => {
  const scenario = {
    ...defaults,
    nodes: 300,
    validators: 40,
    fullNodes: 60,
    maxConnections: 50,
    hostile: 0.33,
  }
  const { nodes, neighbours } = createTopology(scenario, seeded(4))
  for (const node of nodes) {
    const links = neighbours[node.index]!
    t.true(links.length <= 50 && !links.includes(node.index))
    for (const other of links) t.true(neighbours[other]!.includes(node.index))
    if (node.role === 'validator') t.deepEqual(node.custody, validatorCustody(node.index, 40))
    if (node.role === 'full') t.deepEqual(node.custody, fullNodeCustody(node.peerIdBytes, 8))
  }
  const hostile = nodes.filter(({ role, behaviour }) => role === 'validator' && behaviour !== 'honest')
  t.is(hostile.length, 13)
})

test('nodes that choose peers by what they keep have all columns among them', (t) => {
  const scenario = {
    ...defaults,
    nodes: 300,
    validators: 20,
    fullNodes: 120,
    validatorLinks: 0,
    coversColumns: true,
  }
  const { nodes, neighbours } = createTopology(scenario, seeded(4))
  for (const node of nodes.filter(({ role }) => role === 'light')) {
    const kept = new Set(neighbours[node.index]!.flatMap((other) => nodes[other]!.custody))
    t.is(kept.size, 128)
  }
})

test('options are read into a scenario, and unknown ones refused', (t) => {
  const scenario = scenarioOf(['--nodes', '1000', '--behaviours', 'silent,lying', '--slowStart', 'false'])
  t.like(scenario, { nodes: 1_000, validators: 64, fullNodes: 186, slowStart: false })
  t.deepEqual(scenario.behaviours, ['silent', 'lying'])
  t.throws(() => scenarioOf(['--sizes', '3']), { instanceOf: RangeError })
})
