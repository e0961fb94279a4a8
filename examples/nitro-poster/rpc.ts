// JSON-RPC 2.0 by fetch, as much as poster and reader need, and what both know of the DA provider's wire format. Nothing
// of Weft is imported.

let lastId = 0

/** Rejects with the error's message. */
export const call = async (url: string, method: string, params: readonly unknown[]): Promise<unknown> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: ++lastId, method, params }),
  })
  if (response.status !== 200) throw new Error(`HTTP ${response.status}`)
  const { result, error } = (await response.json()) as { result?: unknown; error?: { message: string } }
  if (error !== undefined) throw new Error(error.message)
  return result
}

export const quantity = (value: number | bigint): string => `0x${value.toString(16)}`
export const hexOf = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`
export const bytesOf = (hex: string): Buffer => Buffer.from(hex.slice(2), 'hex')

/** Of a sequencer message: five numbers of 8 bytes, before what the DA provider is asked about. */
export const HEADER_BYTES = 40

export const flag = (name: string, usual?: string): string => {
  const at = process.argv.indexOf(`--${name}`)
  const value = at < 0 ? usual : process.argv[at + 1]
  if (value === undefined) throw new Error(`expected --${name}`)
  return value
}
