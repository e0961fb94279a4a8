// hash_tree_root of SSZ values, as bytes that may be kept. Under Node the SSZ library gives a view of a pool that many
// short-lived values share, 64 KiB in Node 24: each root that stays in a cache would hold all of it.

export interface Rooted<V> {
  hashTreeRoot(value: V): Uint8Array
}

/** hash_tree_root of `value`: 32 bytes in a buffer of their own. */
export const treeRootOf = <V>(type: Rooted<V>, value: V): Uint8Array =>
  new Uint8Array(type.hashTreeRoot(value))
