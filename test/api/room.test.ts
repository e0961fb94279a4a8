// The line in which reads wait: places, and their order.

import test from 'ava'
import { createLine } from '../../src/api/room.ts'

const never = () => new Promise<never>(() => {})
const forever = new AbortController().signal

test('so many run at once, the others in their order, and what is beyond the line is refused', async (t) => {
  const line = createLine(2, 2)
  const begun: number[] = []
  const ends: (() => void)[] = []
  const runs = [0, 1, 2, 3].map((i) =>
    line.run(() => {
      begun.push(i)
      return new Promise<void>((resolve) => ends.push(resolve))
    }, forever),
  )
  await t.throwsAsync(line.run(never, forever), { code: 'busy' })
  await Promise.resolve()
  t.deepEqual(begun, [0, 1])
  for (let i = 0; i < 4; i++) {
    ends[i]?.()
    await runs[i]
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.deepEqual(begun, [0, 1, 2, 3])
})

test('who waits in the line leaves it with its signal, and its place goes to the next', async (t) => {
  const line = createLine(1, 2)
  let end = () => {}
  const first = line.run(() => new Promise<void>((resolve) => (end = resolve)), forever)
  const impatient = new AbortController()
  const second = line.run(never, impatient.signal)
  const third = line.run(async () => 'third', forever)
  impatient.abort(new Error('enough'))
  await t.throwsAsync(second, { message: 'enough' })
  end()
  await first
  t.is(await third, 'third')
})
