import test from 'ava'
import type { TicketRecord } from '../../src/chain/ports.ts'
import { collect, namespaceOf, openStore, rootOf } from './helpers.ts'

const accepted = (name: number, after?: Uint8Array): TicketRecord => ({
  blobId: rootOf(name),
  namespace: namespaceOf(1),
  state: 'accepted',
  code: '',
  height: 0,
  root: new Uint8Array(32),
  ...(after && { after }),
  acceptedMs: 1_000 + name,
  endedMs: 0,
})

const submission = { namespace: namespaceOf(1), flags: 0, data: Uint8Array.of(1, 2) }

test('ticket, blob and place in the sequence are there together after reopening', async (t) => {
  const store = await openStore(t)
  const ticket = accepted(1, rootOf(9))
  await store.putSubmission(ticket.blobId, { ...submission, after: rootOf(9) }, ticket, true)
  await store.close()
  await store.open()
  t.deepEqual(await store.getTicket(rootOf(1)), ticket)
  t.deepEqual(await store.lastOf(namespaceOf(1)), rootOf(1))
  const [waiting] = await collect(store.submissions())
  t.deepEqual(waiting?.submission.after, rootOf(9))
  await store.forgetLastOf(namespaceOf(1))
  t.is(await store.lastOf(namespaceOf(1)), undefined)
  t.is(await store.getTicket(rootOf(2)), undefined)
})

test('a ticket ends in one write with the waiting of its blob', async (t) => {
  const store = await openStore(t)
  await store.putSubmission(rootOf(1), submission, accepted(1))
  const failed: TicketRecord = { ...accepted(1), state: 'failed', code: 'expired', endedMs: 5_000 }
  await store.deleteSubmissions([rootOf(1)], [failed])
  await store.close()
  await store.open()
  t.deepEqual(await store.getTicket(rootOf(1)), failed)
  t.deepEqual(await collect(store.submissions()), [])
})

test('thousands that end with one block all end', async (t) => {
  const store = await openStore(t)
  const ids = Array.from({ length: 1_500 }, (_, i) =>
    Uint8Array.from({ length: 32 }, (_, at) => (at < 2 ? (i >> (8 * at)) & 255 : 7)),
  )
  for (const blobId of ids) await store.putSubmission(blobId, submission, { ...accepted(1), blobId })
  const ended = ids.map(
    (blobId): TicketRecord => ({ ...accepted(1), blobId, state: 'certified', height: 3, endedMs: 5_000 }),
  )
  // One of another's, whose blob does not wait here.
  await store.deleteSubmissions(ids, [...ended, { ...ended[0]!, blobId: rootOf(9) }])
  t.deepEqual(await collect(store.submissions()), [])
  for (const blobId of [...ids, rootOf(9)]) t.is((await store.getTicket(blobId))?.state, 'certified')
})

test('ended tickets go by age and by number, those that are accepted stay, and so does who is published anew', async (t) => {
  const store = await openStore(t)
  const ended = (name: number, endedMs: number): TicketRecord => ({
    ...accepted(name),
    state: 'certified',
    height: name,
    root: rootOf(name),
    endedMs,
  })
  for (let name = 1; name <= 10; name++) await store.putTicket(ended(name, 1_000 * name), name === 2)
  await store.putTicket(accepted(11))
  // Published anew: not ended any more.
  await store.putTicket(accepted(1))
  t.is(await store.pruneTickets(3_500, 100), 2)
  t.is(await store.getTicket(rootOf(2)), undefined)
  t.is(await store.lastOf(namespaceOf(1)), undefined)
  t.is((await store.getTicket(rootOf(4)))?.state, 'certified')
  t.is(await store.pruneTickets(0, 5), 2)
  t.is(await store.getTicket(rootOf(5)), undefined)
  t.is((await store.getTicket(rootOf(6)))?.height, 6)
  for (const name of [1, 11]) t.is((await store.getTicket(rootOf(name)))?.state, 'accepted')
  t.is(await store.pruneTickets(0, 5), 0)
})
