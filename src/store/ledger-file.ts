// The ledger's file on disk, by `node:fs`. Its folder is synced when it is made, so that it outlives a power cut.

import { storeError } from './errors.ts'
import type { LedgerFile } from './ledger.ts'

/** Both slots and what lies between them. */
const MOST_BYTES = 8_192

/** The file beside a database; made with the first write. */
export const openLedgerFile = async (location: string): Promise<LedgerFile> => {
  const { open, mkdir } = await import('node:fs/promises')
  const { dirname } = await import('node:path')
  const path = `${location}.ledger`
  let isClosed = false
  let handle = await open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw storeError('store-failed', `expected to open ${path}, the disk refused`, { location }, error)
  })

  const create = async () => {
    await mkdir(dirname(path), { recursive: true })
    const made = await open(path, 'w+')
    try {
      const folder = await open(dirname(path), 'r')
      await folder.sync().finally(() => folder.close())
    } catch (error) {
      // Windows has no sync of folders.
      if (process.platform !== 'win32') {
        await made.close()
        throw error
      }
    }
    return made
  }

  return {
    async read() {
      if (handle === undefined) return undefined
      const content = new Uint8Array(MOST_BYTES)
      const { bytesRead } = await handle.read(content, 0, MOST_BYTES, 0)
      return content.subarray(0, bytesRead)
    },
    async write(offset, bytes) {
      // Made anew it would lose what it says.
      if (isClosed) throw storeError('store-closed', 'expected an open store', { location })
      handle ??= await create()
      const { bytesWritten } = await handle.write(bytes, 0, bytes.length, offset)
      if (bytesWritten !== bytes.length)
        throw new Error(`expected to write ${bytes.length} bytes to ${path}, wrote ${bytesWritten}`)
      await handle.datasync()
    },
    async close() {
      isClosed = true
      await handle?.close()
      handle = undefined
    },
  }
}
