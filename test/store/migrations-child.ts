// A process that opens a database of an older format and kills itself around one of its writes (migrations.test.ts).
// Arguments: folder, number of the write, and whether it is killed before or behind it.

import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { classicBackend } from '../../src/store/database.ts'
import { createStore } from '../../src/store/store.ts'
import { rootOf } from './helpers.ts'

const [location, number, where] = process.argv.slice(2) as [string, string, 'before' | 'behind']
let writes = 0
const store = createStore(
  { location, chainId: rootOf(1) },
  {
    log: silent,
    metrics: noMetrics,
    backend: {
      ...classicBackend,
      async create(...args) {
        const database = await classicBackend.create(...args)
        const batch = database.batch.bind(database)
        database.batch = async (...operations) => {
          writes += 1
          if (writes === Number(number) && where === 'before') process.kill(process.pid, 'SIGKILL')
          await batch(...operations)
          if (writes === Number(number)) process.kill(process.pid, 'SIGKILL')
        }
        return database
      },
    },
  },
)
await store.open()
console.log(`open after ${writes} writes`)
await store.close()
