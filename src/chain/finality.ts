// What a light client checks before it believes that a block is final: a chain of headers by parentRoot from the block
// to one that has a finalize certificate. Heights between two headers of the chain are empty, for ever.

import { equal } from '../base/bytes.ts'
import { accept, reject, type Verdict } from '../base/verdict.ts'
import type { BlsVerifier } from './bls.ts'
import type { Chain } from './chain.ts'
import type { Certificate, Header } from './containers.ts'
import { faultOfHeader, type HeaderRejection, judgeHeaderParent } from './header-rules.ts'
import { headerRoot, KIND } from './signing.ts'
import { type CertificateCode, judgeCertificate } from './vote-rules.ts'

export type FinalityCode =
  | HeaderRejection
  | CertificateCode
  | 'no-headers'
  | 'not-finalize'
  | 'not-certified'
  | 'not-linked'
  | 'timestamp-low'
  | 'timestamp-high'

/**
 * Judges the claim that `headers[0]`, and with it every other of the list, is final in the chain. `headers` ascend,
 * each the parent of the next; `certificate` is of the last. Proposers' signatures are not needed: the certificate's
 * signers vouched for the root. Cost: one hash a header, and one aggregate verification.
 */
export const verifyFinality = (
  headers: readonly Header[],
  certificate: Certificate,
  context: { readonly chain: Chain; readonly bls: Pick<BlsVerifier, 'verifyAggregate'> },
): Verdict<FinalityCode> => {
  const last = headers.at(-1)

  // [reject] There is a header.
  if (last === undefined) return reject('no-headers')

  // [reject] The certificate is a finalize certificate.
  if (certificate.kind !== KIND.finalize) return reject('not-finalize')

  // [reject] It is of the last header.
  if (certificate.height !== last.height || !equal(certificate.root, headerRoot(last)))
    return reject('not-certified')

  // [reject] Every header but the first has the one before as its parent.
  for (let i = headers.length - 1; i > 0; i--) {
    const header = headers[i]!
    const parent = headers[i - 1]!
    if (!equal(header.parentRoot, headerRoot(parent))) return reject('not-linked')
    const link = judgeHeaderParent(header, parent)
    if (link.verdict !== 'accept')
      return reject(link.code === 'parent-height' ? 'not-linked' : (link.code as 'timestamp-low'))
  }

  // [reject] Every header is of this chain and its clauses hold.
  for (const header of headers) {
    const fault = faultOfHeader(header, context.chain)
    if (fault !== undefined) return fault
  }

  // [reject] The certificate is valid: signers, quorum, aggregate signature.
  const verdict = judgeCertificate(certificate, context)
  return verdict.verdict === 'accept' ? accept : verdict
}
