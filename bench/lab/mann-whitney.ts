/**
 * Whether two samples differ at 5 % by the test of Mann and Whitney, in its normal approximation, which takes values as
 * independent. Waits in a queue are not.
 */
export function differs(a: readonly number[], b: readonly number[]): boolean {
  const all = [...a.map((value) => ({ value, inA: true })), ...b.map((value) => ({ value, inA: false }))]
  all.sort((one, other) => one.value - other.value)
  const rankSum = all.reduce((sum, { inA }, index) => (inA ? sum + index + 1 : sum), 0)
  const u = rankSum - (a.length * (a.length + 1)) / 2
  const mean = (a.length * b.length) / 2
  const sd = Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12)
  return Math.abs(u - mean) / sd > 1.96
}
