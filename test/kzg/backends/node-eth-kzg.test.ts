import test from 'ava'
import { hasCode } from '../../../src/base/error.ts'
import { createNativeKzg } from '../../../src/kzg/backends/node-eth-kzg.ts'
import { runCompliance } from '../compliance.ts'

runCompliance('node-eth-kzg', () => createNativeKzg({ usePrecomp: false }))

test('a missing native package is a clear error', async (t) => {
  const missing = () => Promise.reject(new Error('Cannot find package'))
  const error = await t.throwsAsync(createNativeKzg({}, missing), { message: /@crate-crypto\/node-eth-kzg/ })
  t.true(hasCode(error, 'backend-unavailable'))
  t.true(error?.cause instanceof Error)
})
