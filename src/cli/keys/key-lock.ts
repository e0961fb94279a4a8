// One validator key, one process: whoever runs it twice signs twice. On one machine the kernel keeps the lock (LevelDB's
// own, of a database that holds nothing), so that it is gone with the process, however that ended. Across machines
// nothing of this kind can help: see docs/operations.md.

import { lstatSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { toHex } from '../../base/bytes.ts'
import { messageOf } from '../../base/error.ts'
import { badInput, fail } from '../failure.ts'
import { makeFolder } from '../files.ts'

export interface KeyLock {
  release(): Promise<void>
}

/** Where locks lie unless an option says otherwise: a folder of this user that is gone after a restart of the machine. */
export const usualLockDir = (environment: Readonly<Record<string, string | undefined>>): string => {
  const runtime = environment.XDG_RUNTIME_DIR
  return runtime === undefined || runtime === ''
    ? join(tmpdir(), `weft-${userInfo().uid}`)
    : join(runtime, 'weft')
}

/** Takes the lock of a key (48 bytes of public key). Throws `usage` where another process has it. */
export const lockKey = async (folder: string, publicKey: Uint8Array): Promise<KeyLock> => {
  makeFolder(folder)
  refuseForeign(folder)
  const database = new ClassicLevel(join(folder, toHex(publicKey.subarray(0, 16))))
  try {
    await database.open()
  } catch (cause) {
    if (isLocked(cause)) {
      throw badInput(
        `expected nobody else on this machine to validate with the key 0x${toHex(publicKey)}, another process does: ` +
          'two would sign against each other',
        { cause },
      )
    }
    throw fail(
      'usage',
      `expected to take the lock of the validator's key in ${folder}: ${messageOf(cause)}`,
      {
        cause,
      },
    )
  }
  return { release: () => database.close() }
}

/** In a folder that everybody may write to, somebody else could have laid out ours. */
const refuseForeign = (folder: string): void => {
  const { uid } = userInfo()
  const found = lstatSync(folder)
  if (uid >= 0 && (found.isSymbolicLink() || found.uid !== uid)) {
    throw badInput(`expected a folder of your own at ${folder} (--lock-dir), it is somebody else's`)
  }
}

const isLocked = (error: unknown): boolean =>
  error instanceof Error &&
  ((error as { code?: string }).code === 'LEVEL_LOCKED' ||
    (error.cause !== undefined && isLocked(error.cause)))
