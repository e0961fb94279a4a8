// Which certificates were taken lately, so that each is verified once however many peers send it.

import { createBoundedMap } from '../base/bounded-map.ts'
import { equal } from '../base/bytes.ts'
import type { Certificate } from '../chain/containers.ts'

type Key = Pick<Certificate, 'kind' | 'height' | 'root'>

export interface CertificateBook {
  /** Also forgets those of heights up to the final one, which nobody looks at any more. */
  add(certificate: Key, finalHeight: number): void
  has(certificate: Key): boolean
}

const MAX_REMEMBERED = 8_192

export const createCertificateBook = (): CertificateBook => {
  const taken = createBoundedMap<string, Pick<Key, 'height' | 'root'>>(MAX_REMEMBERED)
  const keyOf = ({ kind, height }: Key) => `${kind}:${height}`
  return {
    add(certificate, finalHeight) {
      const { height, root } = certificate
      taken.set(keyOf(certificate), { height, root })
      taken.dropWhile((one) => one.height <= finalHeight)
    },
    has(certificate) {
      const known = taken.get(keyOf(certificate))
      return known !== undefined && equal(known.root, certificate.root)
    },
  }
}
