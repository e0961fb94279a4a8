// A process under the shim that does the same work again and again, each time in a folder of its own and with another
// fault set: opens a store, writes a few heights of everything, opens it again in between, prunes, closes. Says, one JSON
// line each, what was acknowledged and how it ended. Arguments: folder, report of the shim, faults as mode/number.

import { openSync } from 'node:fs'
import { join } from 'node:path'
import { silent } from '../../../src/base/log.ts'
import { noMetrics } from '../../../src/base/metrics.ts'
import { createStore, type NodeStore } from '../../../src/store/store.ts'
import { certificateOf, columnOf, entryOf, proposalOf, rootOf } from '../../store/helpers.ts'
import { readReport } from './shim.ts'

export const HEIGHTS = 4
export const PRUNED_BELOW = 2
/** Bytes of the blob that waits for a height; one of them is written in pieces. */
export const waitingBytes = (height: number): number => (height === 2 ? 2_200_000 : 100)

export interface Trial {
  /** mode/number */
  readonly fault: string
  readonly location: string
  readonly said: readonly string[]
  readonly error?: string
  /** Calls that the shim counted, and whether the fault was met. */
  readonly calls: number
  readonly fired: boolean
}

const open = async (location: string): Promise<NodeStore> => {
  const store = createStore(
    { location, signingLocation: `${location}-signing`, chainId: rootOf(1), writeBufferBytes: 64 * 1024 },
    { log: silent, metrics: noMetrics },
  )
  await store.open()
  return store
}

const work = async (location: string, say: (line: string) => void): Promise<void> => {
  let store = await open(location)
  try {
    for (let height = 1; height <= HEIGHTS; height++) {
      const entries = [entryOf(1, 0, height)]
      const proposal = proposalOf(height, height, 2, entries)
      const { blobId } = entryOf(1, 0, height)
      const submission = {
        namespace: new Uint8Array(29),
        flags: 0,
        data: new Uint8Array(waitingBytes(height)),
      }
      await store.putSubmission(blobId, submission)
      say(`waiting ${height}`)
      await store.putSigningRecord({ height, nil: false, notarised: rootOf(height) })
      say(`signed ${height}`)
      const columns = [0, 1, 2, 3].map((index) => columnOf(proposal, index))
      await store.putBlock(rootOf(height), proposal, columns)
      say(`block ${height}`)
      await store.putCertificate(certificateOf(height, 1, rootOf(height)))
      say(`certificate ${height}`)
      await store.putFinal(rootOf(height), height, entries, height)
      say(`final ${height}`)
      if (height === HEIGHTS - 1) {
        await store.close()
        store = await open(location)
      }
    }
    await store.prune(PRUNED_BELOW)
    say('pruned')
  } finally {
    await store.close()
  }
  say('closed')
}

const [folder, report, ...faults] = process.argv.slice(2)
if (folder !== undefined && report !== undefined) {
  const set = (fault: string) => {
    try {
      openSync(`/weft-fault/${fault}`, 'r')
    } catch {
      // There is no such file: the shim has read the name.
    }
  }
  for (const fault of faults) {
    const location = join(folder, fault.replace('/', '-'), 'db')
    const said: string[] = []
    set(fault)
    const error = await work(location, (line) => said.push(line)).then(
      () => undefined,
      (thrown) => `${(thrown as { code?: string }).code}: ${thrown}`,
    )
    set('none/0')
    const { calls, fired } = readReport(report)
    const trial: Trial = {
      fault,
      location,
      said,
      ...(error !== undefined && { error }),
      calls,
      fired,
    }
    process.stdout.write(`${JSON.stringify(trial)}\n`)
  }
}
