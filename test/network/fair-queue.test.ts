import test from 'ava'
import { createFairQueue } from '../../src/network/fair-queue.ts'

/** A thread whose clock is turned by the work itself, and whose turns are taken by hand. */
const thread = () => {
  let now = 0
  const turns: (() => void)[] = []
  const done: string[] = []
  const queue = createFairQueue({
    sliceMs: 8,
    nowMs: () => now,
    onNextTurn: (callback) => turns.push(callback),
  })
  const push = (sender: string, name: string, costMs = 1) =>
    queue.push(sender, () => {
      now += costMs
      done.push(name)
    })
  const turn = () => {
    for (const callback of turns.splice(0)) callback()
  }
  return { queue, push, turn, done }
}

test('work begins at once, and stops when the slice of the turn is used', (t) => {
  const { queue, push, turn, done } = thread()
  for (let i = 0; i < 20; i++) push('a', `a${i}`)
  t.is(done.length, 8)
  t.is(queue.size, 12)
  turn()
  t.is(done.length, 16)
  turn()
  t.is(done.length, 20)
  t.deepEqual(
    done,
    Array.from({ length: 20 }, (_, i) => `a${i}`),
  )
})

test('what one sender brings first does not make another wait for all of it', (t) => {
  const { push, turn, done } = thread()
  for (let i = 0; i < 1_000; i++) push('flood', `f${i}`)
  push('honest', 'h0')
  push('honest', 'h1')
  turn()
  t.true(done.indexOf('h0') >= 0 && done.indexOf('h0') < 8 + 2)
  t.true(done.indexOf('h1') >= 0 && done.indexOf('h1') < 8 + 4)
})

test('a turn that has been used up is used up for what comes later in it, too', (t) => {
  const { push, turn, done } = thread()
  push('a', 'long', 100)
  push('b', 'next')
  t.deepEqual(done, ['long'])
  turn()
  t.deepEqual(done, ['long', 'next'])
})

test('an empty queue takes a new turn’s work at once again', (t) => {
  const { push, turn, done } = thread()
  for (let i = 0; i < 8; i++) push('a', 'x')
  turn()
  push('a', 'y')
  t.is(done.at(-1), 'y')
})

test('work that adds work neither recurses nor is lost', (t) => {
  const { queue, turn } = thread()
  let depth = 0
  let deepest = 0
  let runs = 0
  const again = () => {
    depth++
    deepest = Math.max(deepest, depth)
    if (++runs < 50) queue.push('a', again)
    depth--
  }
  queue.push('a', again)
  turn()
  t.is(runs, 50)
  t.is(deepest, 1)
})
