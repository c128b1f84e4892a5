/** A duration in the largest unit of which it is at least two: `90 s`, `37.5 min`, `3 days`. */
export function spanText(ms: number): string {
  const units = [
    ['days', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
  ] as const
  const [unit, size] = units.find(([, each]) => ms >= 2 * each) ?? ['s', 1000]
  return `${Number((ms / size).toFixed(1))} ${unit}`
}
