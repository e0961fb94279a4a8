// The tests' worker as a page's worker sees the world: a global scope with messages, no worker_threads. Node has no
// Web Workers, so that this stands in for one; what is tested is that the pool asks for nothing else.

import { parentPort } from 'node:worker_threads'

const port = parentPort!
Object.assign(globalThis, {
  WorkerGlobalScope: class {},
  addEventListener: (type: string, listener: (event: { data: unknown }) => void) => {
    if (type === 'message') port.on('message', (data) => listener({ data }))
  },
  postMessage: (message: unknown, transfer: ArrayBuffer[]) => port.postMessage(message, transfer),
})

await import('./worker.ts')
