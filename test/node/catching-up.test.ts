// What a node does with certificates that it fetched by thousands: stores them, keeps them to itself, and asks for
// blocks a few at a time.

import test from 'ava'
import { toHex } from '../../src/base/bytes.ts'
import { systemClock } from '../../src/base/clock.ts'
import { hasCode } from '../../src/base/error.ts'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { accept } from '../../src/base/verdict.ts'
import { type Certificate, CertificateType } from '../../src/chain/containers.ts'
import type { Network, Peer } from '../../src/chain/ports.ts'
import { KIND } from '../../src/chain/signing.ts'
import type { ConsensusOutput } from '../../src/consensus/types.ts'
import { createCertificateBook } from '../../src/node/certificate-book.ts'
import { createCertificateSync } from '../../src/node/certificate-sync.ts'
import { createConsensusHost } from '../../src/node/consensus-host.ts'
import { createEventHub } from '../../src/node/events.ts'
import { createWants } from '../../src/node/wants.ts'
import { until } from './support.ts'

const certificateAt = (height: number, kind: number = KIND.nil): Certificate => ({
  ...CertificateType.defaultValue(),
  kind,
  height,
})

test('certificates of heights that others have left behind are stored and not published', async (t) => {
  const stored: number[] = []
  const published: number[] = []
  const host = createConsensusHost({
    consensus: {
      height: 1,
      final: { height: 0, root: new Uint8Array(32), timestamp: 0 },
      step: (_now, input): readonly ConsensusOutput[] =>
        input.type === 'certificate'
          ? [{ type: 'certificate', certificate: input.certificate, formed: input.certificate.height === 7 }]
          : [],
    },
    store: {
      putCertificate: async ({ height }) => void stored.push(height),
      getCertificate: async () => undefined,
    },
    network: {
      publish: {
        certificate: async ({ height }: Certificate) => published.push(height),
      } as unknown as Network['publish'],
    },
    publishBlock: async () => {},
    onPrepare: () => {},
    onEnter: () => {},
    onBuild: () => {},
    onDiscard: () => {},
    onFinal: () => {},
    onWantBlock: () => {},
    onWantCertificates: () => {},
    isOfInterest: (height) => height >= 90,
    onFatal: (error) => t.fail(String(error)),
    events: createEventHub(silent),
    clock: systemClock,
    log: silent,
    metrics: noMetrics,
  })
  for (let height = 1; height <= 100; height++)
    host.feed({ type: 'certificate', certificate: certificateAt(height) })
  await until('all of them', 5_000, () => stored.length === 100)
  host.stop()
  t.deepEqual(published, [7, ...Array.from({ length: 11 }, (_, i) => 90 + i)])
})

test('an output that cannot be carried out ends consensus, and is said once', async (t) => {
  const errors: unknown[] = []
  let steps = 0
  const host = createConsensusHost({
    consensus: {
      height: 1,
      final: { height: 0, root: new Uint8Array(32), timestamp: 0 },
      step(): readonly ConsensusOutput[] {
        steps++
        return [{ type: 'certificate', certificate: certificateAt(1), formed: true }]
      },
    },
    store: {
      putCertificate: async () => {
        throw new Error('no disk')
      },
      getCertificate: async () => undefined,
    },
    network: { publish: { certificate: async () => t.fail() } as unknown as Network['publish'] },
    publishBlock: async () => {},
    onPrepare: () => {},
    onEnter: () => {},
    onBuild: () => {},
    onDiscard: () => {},
    onFinal: () => {},
    onWantBlock: () => {},
    onWantCertificates: () => {},
    isOfInterest: () => true,
    onFatal: (error) => errors.push(error),
    events: createEventHub(silent),
    clock: systemClock,
    log: silent,
    metrics: noMetrics,
  })
  for (let i = 0; i < 3; i++) host.feed({ type: 'tick' })
  await until('the error', 2_000, () => errors.length > 0)
  host.feed({ type: 'tick' })
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.is(errors.length, 1)
  t.is(steps, 1)
})

test('certificates that exclude each other stop the node with a code', async (t) => {
  const errors: unknown[] = []
  const host = createConsensusHost({
    consensus: {
      height: 1,
      final: { height: 0, root: new Uint8Array(32), timestamp: 0 },
      step: (): readonly ConsensusOutput[] => [{ type: 'fault', height: 3, reason: 'two blocks are final' }],
    },
    store: { putCertificate: async () => t.fail(), getCertificate: async () => undefined },
    network: { publish: {} as unknown as Network['publish'] },
    publishBlock: async () => {},
    onPrepare: () => {},
    onBuild: () => {},
    onDiscard: () => {},
    onFinal: () => {},
    onWantBlock: () => {},
    onWantCertificates: () => {},
    isOfInterest: () => true,
    onEnter: () => {},
    onFatal: (error) => errors.push(error),
    events: createEventHub(silent),
    clock: systemClock,
    log: silent,
    metrics: noMetrics,
  })
  host.feed({ type: 'tick' })
  await until('the error', 2_000, () => errors.length > 0)
  t.true(hasCode(errors[0], 'chain-broken'))
})

test('a peer that has pruned what is below is asked for what it keeps, once it shows that it has it', async (t) => {
  const peerOf = (id: string, earliestHeight: number): Peer => ({
    id,
    custody: new Set(),
    isValidator: false,
    status: {
      chainId: new Uint8Array(32),
      finalHeight: 0,
      finalRoot: new Uint8Array(32),
      headHeight: id === 'liar' ? 2 ** 50 : 900,
      custodyCount: 0,
      earliestHeight,
    },
  })
  const taken: number[] = []
  const sync = createCertificateSync({
    network: {
      peers: () => [peerOf('liar', 2 ** 49), peerOf('honest', 700)],
      penalize: () => {},
      request: {
        certificates: async (peer, { start, count }) => {
          if (peer === 'liar') return []
          const first = Math.max(start, 700)
          return Array.from({ length: Math.max(0, Math.min(start + count - 1, 900) - first + 1) }, (_, i) =>
            certificateAt(first + i),
          )
        },
      } as Pick<Network['request'], 'certificates'> as Network['request'],
    },
    judgeCertificate: () => accept,
    onCertificate: ({ height }) => taken.push(height),
    height: () => (taken.at(-1) ?? 0) + 1,
    log: silent,
  })
  sync.start()
  await until('all that is kept', 15_000, () => taken.length === 201)
  sync.stop()
  t.is(taken[0], 700)
  t.is(taken.at(-1), 900)
})

test('the book knows a certificate by kind, height and root', (t) => {
  const book = createCertificateBook()
  const certificate = certificateAt(5)
  book.add(certificate, 0)
  t.true(book.has(certificate))
  t.false(book.has({ ...certificate, kind: KIND.finalize }))
  t.false(book.has({ ...certificate, height: 6 }))
  t.false(book.has({ ...certificate, root: new Uint8Array(32).fill(1) }))
})

test('peers that boast of their height and answer nothing do not keep a node from catching up', async (t) => {
  const peerOf = (id: string, headHeight: number): Peer => ({
    id,
    custody: new Set(),
    isValidator: false,
    status: {
      chainId: new Uint8Array(32),
      finalHeight: 0,
      finalRoot: new Uint8Array(32),
      headHeight,
      custodyCount: 0,
      earliestHeight: 0,
    },
  })
  const taken: number[] = []
  const penalties: string[] = []
  const sync = createCertificateSync({
    network: {
      peers: () => [...['x', 'y', 'z', 'liar'].map((id) => peerOf(id, 2 ** 50)), peerOf('honest', 300)],
      penalize: (peer, code) => penalties.push(`${peer} ${code}`),
      request: {
        certificates: async (peer, { start, count }) => {
          if (peer === 'liar') return [certificateAt(start + count)]
          if (peer !== 'honest') return []
          return Array.from({ length: Math.min(count, 300 - start + 1) }, (_, i) => certificateAt(start + i))
        },
      } as Pick<Network['request'], 'certificates'> as Network['request'],
    },
    judgeCertificate: () => accept,
    onCertificate: ({ height }) => taken.push(height),
    height: () => (taken.at(-1) ?? 0) + 1,
    log: silent,
  })
  sync.start()
  await until('all heights', 15_000, () => taken.length === 300)
  sync.stop()
  t.deepEqual(
    taken,
    Array.from({ length: 300 }, (_, i) => i + 1),
  )
  t.true(penalties.includes('liar certificate-not-asked'))
})

test('certified blocks are asked for a few at a time, the newest when there are too many', async (t) => {
  let running = 0
  let most = 0
  const fetched: number[] = []
  const wants = createWants(
    {
      isOver: ({ height }) => height === 990,
      fetch: async ({ height, root }) => {
        running++
        most = Math.max(most, running)
        await new Promise((resolve) => setTimeout(resolve, 1))
        running--
        fetched.push(height)
        if (toHex(root).startsWith('00')) throw new Error('not to be had')
      },
    },
    silent,
  )
  const rootOf = (height: number) => new Uint8Array(32).fill(height & 255)
  for (let height = 1; height <= 1_000; height++) {
    const root = rootOf(height)
    root.set([height >> 8], 1)
    for (let again = 0; again < 2; again++) wants.add({ height, root, part: 'data' })
  }
  t.true(wants.size <= 260)
  await until('all of them', 5_000, () => wants.size === 0)
  t.is(most, 4)
  t.is(new Set(fetched).size, fetched.length)
  t.true(fetched.includes(1_000) && !fetched.includes(500) && !fetched.includes(990))
  wants.stop()
  wants.add({ height: 2_000, root: rootOf(3), part: 'header' })
  t.is(wants.size, 0)
})
