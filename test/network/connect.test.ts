// Opening a stream where libp2p fails on the way: a host that fails on command.

import type { Libp2p, Stream } from '@libp2p/interface'
import { StreamStateError } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import test from 'ava'
import { openStream } from '../../src/network/connect.ts'
import { createIdentity } from '../../src/network/identity.ts'
import { soon } from './support.ts'

const hostThatFails = async (times: number, error: Error) => {
  const id = peerIdFromPrivateKey(await createIdentity())
  const stream = {} as Stream
  let tried = 0
  const connection = {
    status: 'open',
    newStream: async () => {
      if (tried++ < times) throw error
      return stream
    },
  }
  const host = { getConnections: () => [connection] } as unknown as Libp2p
  return { open: () => openStream(host, id.toString(), '/x/1', soon()), stream, tried: () => tried }
}

test('a stream whose answer came together with its negotiation is opened again', async (t) => {
  const { open, stream } = await hostThatFails(3, new StreamStateError('closed'))
  t.is(await open(), stream)
})

test('it is not tried for ever, and not after another failure', async (t) => {
  const always = await hostThatFails(100, new StreamStateError('closed'))
  await t.throwsAsync(always.open(), { code: 'unreachable' })
  t.is(always.tried(), 4)
  const other = await hostThatFails(1, new Error('no'))
  await t.throwsAsync(other.open(), { code: 'unreachable' })
  t.is(other.tried(), 1)
})
