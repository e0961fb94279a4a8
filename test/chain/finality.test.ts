import test from 'ava'
import { createNobleBls } from '../../src/chain/bls-noble.ts'
import type { Header } from '../../src/chain/containers.ts'
import { verifyFinality } from '../../src/chain/finality.ts'
import { headerRoot, KIND } from '../../src/chain/signing.ts'
import { bls, certificateOf, fixtureChain, headerOf } from './fixture.ts'

const chain = fixtureChain()
const context = { chain, bls }
const all = [0, 1, 2, 3]

// Heights 1, 2 and 5: 3 and 4 are empty.
const first = headerOf(chain, 1)
const second = headerOf(chain, 2, { parentHeight: 1, parentRoot: headerRoot(first) })
const fifth = headerOf(chain, 5, { parentHeight: 2, parentRoot: headerRoot(second) })
const headers: readonly Header[] = [first, second, fifth]
const certificate = certificateOf(chain, [0, 2, 3], KIND.finalize, 5, headerRoot(fifth))
const rejected = (code: string) => ({ verdict: 'reject', code }) as never

test('a header and its ancestors are final by one certificate, also in a page', (t) => {
  t.deepEqual(verifyFinality(headers, certificate, context), { verdict: 'accept' })
  t.deepEqual(verifyFinality([fifth], certificate, context), { verdict: 'accept' })
  t.deepEqual(verifyFinality(headers, certificate, { chain, bls: createNobleBls() }), { verdict: 'accept' })
})

test('finality is not believed without a certificate of the last header', (t) => {
  t.deepEqual(verifyFinality([], certificate, context), rejected('no-headers'))
  t.deepEqual(verifyFinality([first, second], certificate, context), rejected('not-certified'))
  const notarise = certificateOf(chain, all, KIND.notarise, 5, headerRoot(fifth))
  t.deepEqual(verifyFinality(headers, notarise, context), rejected('not-finalize'))
  t.deepEqual(
    verifyFinality(headers, { ...certificate, kind: KIND.finalize, height: 6 }, context),
    rejected('not-certified'),
  )
  const few = certificateOf(chain, [0, 1], KIND.finalize, 5, headerRoot(fifth))
  t.deepEqual(verifyFinality(headers, few, context), rejected('quorum'))
  const disguised = { ...notarise, kind: KIND.finalize }
  t.deepEqual(verifyFinality(headers, disguised, context), rejected('signature'))
})

test('headers that are not linked are not believed', (t) => {
  t.deepEqual(verifyFinality([first, fifth], certificate, context), rejected('not-linked'))
  t.deepEqual(verifyFinality([second, first, fifth], certificate, context), rejected('not-linked'))
  const altered = { ...second, timestamp: second.timestamp + 1 }
  t.deepEqual(verifyFinality([first, altered, fifth], certificate, context), rejected('not-linked'))
})

test('a chain that breaks the rules is not believed, whoever certified it', (t) => {
  const certified = (header: Header, parents: readonly Header[] = []) =>
    verifyFinality(
      [...parents, header],
      certificateOf(chain, all, KIND.finalize, header.height, headerRoot(header)),
      context,
    )
  t.deepEqual(certified(headerOf(chain, 5, { chainId: new Uint8Array(32) })), rejected('chain-id'))
  t.deepEqual(
    certified(headerOf(chain, 5, { validatorsRoot: new Uint8Array(32) })),
    rejected('validators-root'),
  )
  t.deepEqual(certified({ ...second, parentHeight: 0 }, [first]), rejected('not-linked'))
  t.deepEqual(certified({ ...second, timestamp: first.timestamp }, [first]), rejected('timestamp-low'))
  t.deepEqual(
    certified({ ...second, timestamp: first.timestamp + 60_001 }, [first]),
    rejected('timestamp-high'),
  )
})
