// Finding the blob that keeps a block from being encoded. When a list of blobs fails, all of them are under suspicion
// and are tried apart from the others, in halves, until one fails alone, twice: it is condemned. The others go on in
// the meantime: every other attempt is theirs. A failure that was the machine's clears everybody at the next attempt.

export interface Suspects {
  /**
   * Which blobs to try now, by hex id: those of a group under suspicion, or, where `group` is undefined, everybody but
   * `others`.
   */
  next(): { readonly group: ReadonlySet<string> | undefined; readonly others: ReadonlySet<string> }
  /** These could not be encoded together. Returns the one that is condemned, if that is clear now. */
  failed(ids: readonly string[]): string | undefined
  passed(ids: readonly string[]): void
}

/** A blob that failed so often alone is condemned. */
const FAILURES_ALONE = 2
/** Groups that wait for their trial; what is beyond counts as clear. */
const MAX_GROUPS = 1_024

export const createSuspects = (): Suspects => {
  let groups: (readonly string[])[] = []
  const alone = new Map<string, number>()
  let isSuspectsTurn = true

  const take = (ids: readonly string[]) => {
    const these = new Set(ids)
    groups = groups.map((group) => group.filter((id) => !these.has(id))).filter(({ length }) => length > 0)
  }

  return {
    next() {
      const [first] = groups
      const others = new Set(groups.flat())
      if (first === undefined) return { group: undefined, others }
      const group = isSuspectsTurn ? new Set(first) : undefined
      isSuspectsTurn = !isSuspectsTurn
      // Whoever is not among those that wait any more must not hold up the rest.
      groups = [...groups.slice(1), first]
      return { group, others }
    },
    failed(ids) {
      take(ids)
      const [only] = ids
      if (only === undefined) return undefined
      if (ids.length === 1) {
        const failures = (alone.get(only) ?? 0) + 1
        if (failures >= FAILURES_ALONE) {
          alone.delete(only)
          return only
        }
        alone.set(only, failures)
        groups = [[only], ...groups]
      } else {
        const half = Math.ceil(ids.length / 2)
        groups = [ids.slice(0, half), ids.slice(half), ...groups]
      }
      for (const dropped of groups.splice(MAX_GROUPS).flat()) alone.delete(dropped)
      return undefined
    },
    passed(ids) {
      take(ids)
      for (const id of ids) alone.delete(id)
    },
  }
}
