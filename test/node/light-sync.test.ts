// Whom a light node asks for the tip and for headers. The peers are played, since what counts is the order of questions
// to peers that lie and never answer.

import test from 'ava'
import { silent } from '../../src/base/log.ts'
import type { Announcement, Certificate, RangeRequest } from '../../src/chain/containers.ts'
import type { Network, Peer } from '../../src/chain/ports.ts'
import { createLightSync } from '../../src/node/light-sync.ts'
import { until } from './support.ts'

const peerOf = (id: string, finalHeight: number, isValidator: boolean): Peer => ({
  id,
  isValidator,
  custody: new Set([1]),
  status: {
    chainId: new Uint8Array(32),
    finalHeight,
    finalRoot: new Uint8Array(32),
    headHeight: finalHeight,
    custodyCount: 8,
    earliestHeight: 0,
  },
})

const headerAt = (height: number) => ({ header: { message: { height } } }) as Announcement

interface Asked {
  readonly peer: string
  readonly what: 'certificates' | 'headers'
}

const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))

const play = (answers: {
  certificates(peer: string, range: RangeRequest, signal: AbortSignal): Promise<readonly Certificate[]>
  headers(peer: string, range: RangeRequest, signal: AbortSignal): Promise<readonly Announcement[]>
}) => {
  const asked: Asked[] = []
  const state = { peers: [] as Peer[], tip: 0, missing: undefined as RangeRequest | undefined }
  const sync = createLightSync({
    network: {
      peers: () => state.peers,
      penalize: () => {},
      request: {
        certificates: (peer, range, { signal }) => {
          asked.push({ peer, what: 'certificates' })
          return answers.certificates(peer, range, signal as AbortSignal)
        },
        headers: (peer, range, { signal }) => {
          asked.push({ peer, what: 'headers' })
          return answers.headers(peer, range, signal as AbortSignal)
        },
      } as Pick<Network['request'], 'certificates' | 'headers'> as Network['request'],
    },
    chain: {
      tip: () => (state.tip === 0 ? undefined : ({ announcement: headerAt(state.tip) } as never)),
      missing: () => state.missing,
    },
    onCertificate: ({ height }) => {
      state.missing = { start: height, count: 1 }
      return { verdict: 'accept' }
    },
    onHeader: ({ header }) => {
      const { height } = header.message
      state.tip = Math.max(state.tip, height)
      state.missing =
        height <= 1 ? undefined : { start: Math.max(1, height - 4), count: Math.min(4, height - 1) }
      return { verdict: 'accept' }
    },
    log: silent,
  })
  return { asked, state, sync }
}

test('among peers that claim to be far ahead and never answer, an honest validator is asked as soon as it is there', async (t) => {
  t.timeout(60_000)
  const { asked, state, sync } = play({
    certificates: async (peer, _, signal) =>
      peer === 'honest' ? [{ height: 7 } as Certificate] : never(signal),
    headers: async (peer, { start }, signal) => (peer === 'honest' ? [headerAt(start)] : never(signal)),
  })
  t.teardown(() => sync.stop())
  const liars = Array.from({ length: 12 }, (_, i) => peerOf(`liar${i}`, 1_000_000, i === 0))
  state.peers = liars
  sync.start()
  await until('several liars to be asked', 20_000, () => asked.length >= 3)
  // Validators are asked first, then the others, each once before anybody again.
  t.is(asked[0]?.peer, 'liar0')
  t.is(new Set(asked.map(({ peer }) => peer)).size, asked.length)
  const before = asked.length
  state.peers = [...liars, peerOf('honest', 7, true)]
  await until('the tip', 20_000, () => state.tip === 7)
  t.is(asked[before]?.peer, 'honest')
})

test('who is far behind asks one peer for the way down, and others when it falls silent', async (t) => {
  t.timeout(60_000)
  let answers = 0
  const { asked, state, sync } = play({
    certificates: async () => [{ height: 90 } as Certificate],
    async headers(_peer, { start, count }, signal) {
      answers++
      if (answers === 6) return never(signal)
      // Slower than the interval at which somebody else would be asked.
      await new Promise((resolve) => setTimeout(resolve, 400))
      return Array.from({ length: count }, (_, i) => headerAt(start + i))
    },
  })
  t.teardown(() => sync.stop())
  state.peers = ['a', 'b', 'c'].map((id) => peerOf(id, 90, true))
  sync.start()
  await until('five ranges', 20_000, () => answers === 6)
  t.is(new Set(asked.map(({ peer }) => peer)).size, 1)
  await until('all headers', 30_000, () => state.missing === undefined)
  t.true(new Set(asked.map(({ peer }) => peer)).size > 1)
})
