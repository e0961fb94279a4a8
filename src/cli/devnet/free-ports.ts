// Ports for processes that must know each other's addresses before any of them runs. They are taken below the range
// from which systems give ports to outgoing connections (32768 and up on Linux, 49152 elsewhere), so that none of the
// devnet's own connections can take one in between.

import { createServer } from 'node:net'

const LOW = 20_000
const HIGH = 32_000
const MAX_TRIES = 500

/** `count` different TCP ports on loopback that were free a moment ago. */
export const freePorts = async (count: number): Promise<readonly number[]> => {
  const ports = new Set<number>()
  for (let tries = 0; ports.size < count; tries++) {
    if (tries >= MAX_TRIES)
      throw new Error(`expected ${count} free ports from ${LOW} to ${HIGH}, found ${ports.size}`)
    const port = LOW + Math.floor(Math.random() * (HIGH - LOW))
    if (!ports.has(port) && (await isFree(port))) ports.add(port)
  }
  return [...ports]
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)))
  })
