import test from 'ava'
import { createByteRoom } from '../../src/base/byte-room.ts'

const never = new AbortController().signal
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('what fits goes in at once, what does not waits in its order', async (t) => {
  const room = createByteRoom(10)
  const leave = await room.enter(6, never)
  const inside: string[] = []
  const large = room.enter(5, never).then((give) => {
    inside.push('large')
    return give
  })
  const small = room.enter(1, never).then((give) => {
    inside.push('small')
    return give
  })
  await settled()
  t.deepEqual(inside, [], 'nothing overtakes')
  leave()
  leave()
  await settled()
  t.deepEqual(inside, ['large', 'small'])
  ;(await large)()
  ;(await small)()
})

test('what is larger than the room goes in alone', async (t) => {
  const room = createByteRoom(10)
  const leave = await room.enter(1, never)
  let isIn = false
  const huge = room.enter(100, never).then((give) => {
    isIn = true
    return give
  })
  await settled()
  t.false(isIn)
  leave()
  const give = await huge
  let next = false
  const other = room.enter(1, never).then(() => {
    next = true
  })
  await settled()
  t.false(next)
  give()
  await other
})

test('who gives up leaves the line to those behind', async (t) => {
  const room = createByteRoom(10)
  const leave = await room.enter(6, never)
  const controller = new AbortController()
  const gone = room.enter(8, controller.signal)
  const behind = room.enter(4, never)
  controller.abort(new Error('enough'))
  await t.throwsAsync(gone, { message: 'enough' })
  ;(await behind)()
  leave()
  await t.throwsAsync(room.enter(1, controller.signal), { message: 'enough' })
})
