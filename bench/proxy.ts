// A TCP proxy on loopback that counts what passes: `down` to who dials it, `up` from there.

import { connect, createServer, type Socket } from 'node:net'

export interface CountingProxy {
  readonly port: number
  readonly counts: { readonly down: number; readonly up: number; readonly open: number }
  close(): Promise<void>
}

/** Listens on a free port of 127.0.0.1 and passes on to `target`. */
export const countingProxy = async (target: number): Promise<CountingProxy> => {
  const counts = { down: 0, up: 0, open: 0 }
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: target, host: '127.0.0.1', noDelay: true })
    counts.open += 1
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.on('close', () => {
      counts.open -= 1
    })
    near.on('data', (chunk) => {
      counts.up += chunk.length
    })
    far.on('data', (chunk) => {
      counts.down += chunk.length
    })
    near.pipe(far)
    far.pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a TCP port')
  return {
    port: address.port,
    counts,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
