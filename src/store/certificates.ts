// Certificates, one of a kind at a height. A second one for another block would mean that more than a third of the
// weight broke the protocol: it is refused, and the first one stays.

import { equal, toHex } from '../base/bytes.ts'
import { CertificateType } from '../chain/containers.ts'
import type { CertificateStore } from '../chain/ports.ts'
import { storeError } from './errors.ts'
import { certificateKey, heightRange } from './keys.ts'
import { createMutex } from './mutex.ts'
import type { Tables } from './tables.ts'

export const createCertificateStore = (tables: Tables): CertificateStore => {
  const exclusive = createMutex()
  return {
    putCertificate: (certificate) =>
      exclusive(async () => {
        const { height, kind, root } = certificate
        const key = certificateKey(height, kind)
        const stored = await tables.get(key)
        if (stored === undefined)
          return tables.write([{ key, payload: CertificateType.serialize(certificate) }])
        const other = CertificateType.deserialize(stored).root
        if (!equal(other, root)) {
          throw storeError(
            'conflicting-certificate',
            `expected a certificate of kind ${kind} for ${toHex(other)}, got one for ${toHex(root)}`,
            { height },
          )
        }
      }),

    async getCertificate(kind, height) {
      const payload = await tables.get(certificateKey(height, kind))
      return payload === undefined ? undefined : CertificateType.deserialize(payload)
    },

    async *certificates(start, count) {
      for await (const [, payload] of tables.entries(heightRange('certificate', start, start + count))) {
        yield CertificateType.deserialize(payload)
      }
    },
  }
}
