// A process with the instrument loaded: one turn that computes for 120 ms of CPU, then one that stands still for 120 ms without
// computing, as on a machine that gives it no processor.

import { sleep } from '../../src/base/deadline.ts'

await sleep(300)
const before = process.threadCpuUsage()
while (process.threadCpuUsage(before).user < 120_000) Math.sqrt(Math.random())
await sleep(300)
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 120)
await sleep(300)
