import test from 'ava'
import { createGivenUp } from '../../src/node/given-up.ts'
import type { NodeEvent } from '../../src/node/types.ts'

const certificate = (kind: 'notarise' | 'nil' | 'finalize', height: number): NodeEvent => ({
  type: 'certificate',
  kind,
  height,
  root: '00'.repeat(32),
  signers: 3,
})

test('a height is given up by its nil certificate, unless a block of it is notarised', (t) => {
  const givenUp = createGivenUp()
  t.false(givenUp.learn(certificate('notarise', 1)))
  t.false(givenUp.learn(certificate('nil', 1)))
  t.false(givenUp.has(1))
  t.true(givenUp.learn(certificate('nil', 2)))
  t.false(givenUp.learn(certificate('nil', 2)), 'told once')
  t.true(givenUp.has(2))
  t.false(givenUp.learn(certificate('notarise', 2)))
  t.false(givenUp.has(2))
  t.false(givenUp.learn({ type: 'vote', kind: 'nil', height: 3, root: '' }))
  t.false(givenUp.has(3))
})
