/** One figure that a bench must keep. */
export interface Goal {
  name: string
  limit: string
  measured: number | string
  holds: boolean
}

/** A goal for a number that must not exceed a limit; the name ends with its unit. */
export const atMost = (name: string, limit: number, measured: number): Goal => ({
  name,
  limit: `<= ${limit}`,
  measured: round(measured),
  holds: measured <= limit,
})

/** A goal for a number that must not fall below a limit; the name ends with its unit. */
export const atLeast = (name: string, limit: number, measured: number): Goal => ({
  name,
  limit: `>= ${limit}`,
  measured: round(measured),
  holds: measured >= limit,
})

/** Three significant digits, for people. */
export const round = (value: number): number => Number(value.toPrecision(3))

/** The median of a few runs. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/**
 * Prints a bench: figures and goals as tables, or as one JSON document with `--json`. Exit code 1 when a goal
 * is missed.
 */
export function printBench(bench: { name: string; figures: Record<string, unknown>[]; goals: Goal[] }): void {
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(bench, null, 2)}\n`)
  else {
    process.stdout.write(`${bench.name}\n`)
    console.table(bench.figures)
    console.table(bench.goals)
  }
  if (bench.goals.some(({ holds }) => !holds)) process.exitCode = 1
}
