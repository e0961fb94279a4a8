// Whether a row of measurements climbs. The slope is the median of the slopes between all pairs of points (Theil and
// Sen): a few outliers, which a busy machine always gives, do not move it.

export interface Point {
  readonly x: number
  readonly y: number
}

/** Slope in units of y per unit of x; 0 for fewer than two points. */
export const slopeOf = (points: readonly Point[]): number => {
  const slopes: number[] = []
  for (let i = 0; i < points.length; i++) {
    for (let j = i + 1; j < points.length; j++) {
      const dx = points[j]!.x - points[i]!.x
      if (dx !== 0) slopes.push((points[j]!.y - points[i]!.y) / dx)
    }
  }
  return median(slopes)
}

/** The points in `count` equal stretches of x, each as the middle of its stretch and `of` its values. */
export const binned = (
  points: readonly Point[],
  count: number,
  of: (values: readonly number[]) => number,
): readonly Point[] => {
  const [first, last] = [points[0]?.x ?? 0, points.at(-1)?.x ?? 0]
  const width = (last - first) / count || 1
  const bins = Map.groupBy(points, ({ x }) => Math.min(count - 1, Math.floor((x - first) / width)))
  return [...bins]
    .sort(([a], [b]) => a - b)
    .map(([bin, inside]) => ({ x: first + (bin + 0.5) * width, y: of(inside.map(({ y }) => y)) }))
}

/** The middle value; 0 of none. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return 0
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity)
export const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0)
