// A plain table of text: columns as wide as their widest value, numbers to the right.

export type Align = 'left' | 'right'

/** Lines of a table with a header and a rule under it. Every row has as many values as `head`. */
export const drawTable = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly Align[] = [],
): readonly string[] => {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (values: readonly string[]) =>
    values
      .map((value, i) => (align[i] === 'right' ? value.padStart(widths[i]!) : value.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd()
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)]
}

/** 300 B, 161.3 kB, 3.0 MB. */
export const showBytes = (bytes: number): string => {
  if (bytes < 1_000) return `${bytes} B`
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
