// KZG on our own kernels in WebAssembly: the default backend, the same in Node and in pages. What an instance can do
// is chosen when it is made, because tables cost time and memory: verifying needs next to none, committing a
// tenth of a second to a third, proving close to a second.

import { createFieldTables } from '../../kernel/field-tables.ts'
import type { GroupKernel, ProverKernel } from '../../kernel/group-kernel.ts'
import { BYTES_PER_AFFINE } from '../../kernel/group-kernel.ts'
import { type KernelKind, type KernelOptions, loadKernels } from '../../kernel/load.ts'
import { createFieldKernel } from '../../kernel/wasm-field.ts'
import { createGroupKernel } from '../../kernel/wasm-group.ts'
import { createPairingKernel } from '../../kernel/wasm-pairing.ts'
import { createPolynomialKernel } from '../../kernel/wasm-polynomial.ts'
import { createProverKernel } from '../../kernel/wasm-prover.ts'
import { unavailable } from '../errors.ts'
import type { Kzg } from '../port.ts'
import { createProver } from '../prover.ts'
import { type LoadSetup, loadSetupPart } from '../setup.ts'
import { createSha256 } from '../sha256.ts'
import { createVerifier } from '../verifier.ts'

/**
 * What an instance is for. `verifier`: verifying, cells and restoring them without proofs (24 MiB of WASM memory);
 * `committer`: commitments and opening proofs too; `prover`: everything (96 MiB).
 */
export type KzgRole = 'verifier' | 'committer' | 'prover'

export interface KzgOptions {
  /** Default: `prover`. Operations beyond the role throw KzgError `backend-unavailable`. */
  readonly role?: KzgRole
  /** Which kernels: by default the floating-point ones where they are exact (self-test), else the integer ones. */
  readonly kind?: KernelKind
  /** Bytes of the WASM modules and of the setup's parts: for pages and bundlers. Default: the package's files. */
  readonly loadModule?: NonNullable<KernelOptions['loadModule']>
  readonly loadSetup?: LoadSetup
}

/** The whole port, and which kernels it runs on. */
export interface KernelKzg extends Kzg {
  readonly kind: KernelKind
}

/** Loads kernels and setup and makes the tables of the role. Throws KzgError `backend-unavailable`. */
export const createKernelKzg = async (options: KzgOptions = {}): Promise<KernelKzg> => {
  const { role = 'prover', kind, loadModule, loadSetup } = options
  const sha256 = createSha256()
  const part = (name: 'verify' | 'commit' | 'prove') => loadSetupPart(name, sha256, loadSetup)
  const [instance, verify, lagrange, proofPoints] = await Promise.all([
    loadKernels({
      budget: role === 'verifier' ? 'verifier' : 'prover',
      ...(kind && { kind }),
      ...(loadModule && { loadModule }),
    }).catch((cause: unknown) => {
      throw unavailable('the kernels could not be loaded here', cause)
    }),
    part('verify'),
    role === 'verifier' ? undefined : part('commit'),
    role === 'prover' ? part('prove') : undefined,
  ])
  const prover = lagrange && createProverKernel(instance, { lagrange, ...(proofPoints && { proofPoints }) })
  if (proofPoints !== undefined) prover?.prepareProofs()
  const group = prover ?? createGroupKernel(instance)
  const polynomials = createPolynomialKernel(instance, createFieldTables(instance))
  const monomial = verify.subarray(0, MONOMIAL_BYTES)
  const pairing = createPairingKernel(instance, verify.subarray(MONOMIAL_BYTES + G2_BYTES))
  return {
    kind: instance.kind,
    ...createVerifier({ polynomials, group, pairing, monomial, sha256 }),
    ...createProver({
      field: createFieldKernel(instance),
      polynomials,
      group: withRole(group, role),
      sha256,
    }),
  }
}

/** The setup's part `verify`: powers in G1, three points of G2, and their lines (assembly/setup/layout.ts). */
const MONOMIAL_BYTES = 64 * BYTES_PER_AFFINE
const G2_BYTES = 3 * 192

/** The same operations, those beyond the role refused. */
const withRole = (group: GroupKernel | ProverKernel, role: KzgRole): ProverKernel => {
  const beyond = (what: string) => (): never => {
    throw unavailable(`expected an instance that can ${what}, got one with the role ${role}`)
  }
  return {
    ...group,
    commit: 'commit' in group ? group.commit : beyond('commit'),
    proofs: 'proofs' in group && role === 'prover' ? group.proofs : beyond('prove'),
  }
}
