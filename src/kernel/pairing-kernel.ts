// The one question about pairings that verification asks, as a port. The second arguments are fixed points of the
// setup, so that what can be computed of them in advance is.

/** Powers of tau whose point in G2 the setup's `verify` part holds, besides the generator. */
export type PairingPower = 1 | 64

export interface PairingKernel {
  /**
   * Whether e(left, tau^power * G2) = e(right, G2). Points are affine (96 bytes, group-kernel.ts) and in the subgroup,
   * infinity included; that has been checked before.
   */
  isBalanced(left: Uint8Array, right: Uint8Array, power: PairingPower): boolean
}
