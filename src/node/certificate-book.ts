// Which certificates were taken lately, so that each is verified once however many peers send it.

import { createBoundedMap } from '../base/bounded-map.ts'
import { equal } from '../base/bytes.ts'
import type { Certificate } from '../chain/containers.ts'

type Key = Pick<Certificate, 'kind' | 'height' | 'root'>

export interface CertificateBook {
  add(certificate: Key): void
  has(certificate: Key): boolean
}

const MAX_REMEMBERED = 8_192

export const createCertificateBook = (): CertificateBook => {
  const roots = createBoundedMap<string, Uint8Array>(MAX_REMEMBERED)
  const keyOf = ({ kind, height }: Key) => `${kind}:${height}`
  return {
    add: (certificate) => roots.set(keyOf(certificate), certificate.root),
    has(certificate) {
      const known = roots.get(keyOf(certificate))
      return known !== undefined && equal(known, certificate.root)
    },
  }
}
