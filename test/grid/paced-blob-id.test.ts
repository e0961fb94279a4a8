import test from 'ava'
import { blobIdOf } from '../../src/grid/blob.ts'
import { pacedBlobIdOf } from '../../src/grid/paced-blob-id.ts'
import { nodeSha256, randomBlob } from './support.ts'

test('a blobId made in slices is the blobId, and other things go on meanwhile', async (t) => {
  for (const length of [1, 512 * 1_024, 512 * 1_024 + 1]) {
    const blob = randomBlob('paced', length)
    t.deepEqual(await pacedBlobIdOf(blob), blobIdOf(blob, nodeSha256))
  }
  const large = { ...randomBlob('paced', 1), data: new Uint8Array(64 * 2 ** 20) }
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  t.deepEqual(await pacedBlobIdOf(large), blobIdOf(large, nodeSha256))
  clearInterval(timer)
  t.true(turns >= 2, `${turns} turns`)
})
