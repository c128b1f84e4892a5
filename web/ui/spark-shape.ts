/** The picture, in px. */
export const width = 96
export const height = 24
/** Room below the line for failures, and above it for its stroke. */
export const foot = 5
const head = 2

/** To a tenth of a px. */
export const round = (value: number): number => Math.round(value * 10) / 10

/** The path of the runs of values, dots for those that stand alone, and the last point if it is of now. */
export function shapeOf(values: readonly (number | null)[]) {
  const most = Math.max(1, ...values.map((value) => value ?? 0))
  const step = width / values.length
  const at = (value: number, slot: number): [number, number] => [
    round((slot + 0.5) * step),
    round(height - foot - (value / most) * (height - foot - head)),
  ]
  let line = ''
  let dots = ''
  let last: [number, number] | null = null
  for (const [slot, value] of values.entries()) {
    if (value === null) continue
    const [x, y] = at(value, slot)
    const before = values[slot - 1] ?? null
    const after = values[slot + 1] ?? null
    if (before === null && after === null) dots += `M${x} ${y}h0`
    else line += `${before === null ? 'M' : 'L'}${x} ${y}`
    last = [x, y]
  }
  return { line, dots, last }
}

/** Stripes over the slots of which most was not measured by our own fault. */
export function stripesOf(gaps: readonly number[]): string {
  const step = width / gaps.length
  let path = ''
  for (const [slot, share] of gaps.entries()) {
    if (share < 0.5) continue
    for (let y = head + 0.5; y < height - foot; y += 3) path += `M${round(slot * step)} ${y}h${round(step)}`
  }
  return path
}
