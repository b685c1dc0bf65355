/** The median of a list of numbers. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}

/** Runs `work` once for each item and returns the milliseconds of each run. */
export function timeEach<T>(items: readonly T[], work: (item: T) => void): number[] {
  return items.map((item) => {
    const start = performance.now()
    work(item)
    return performance.now() - start
  })
}

/** The share of the true results that were found, averaged over the queries. */
export function recall(found: readonly (readonly number[])[], truth: readonly (readonly number[])[]): number {
  const shares = truth.map((rows, i) => rows.filter((row) => found[i]?.includes(row)).length / rows.length)
  return shares.reduce((sum, share) => sum + share, 0) / shares.length
}

/** Prints rows as a Markdown table. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  console.log([line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n'))
}

/** The value below which this share of a list lies. @param share 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN
}
