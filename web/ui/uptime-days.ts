/** The width of a day with the gap after it, and the height of the bar, in px. */
export const cell = 3
export const height = 20
/** The share of failed checks from which a day counts as down. */
const downShare = 0.05

type Kind = 'up' | 'failing' | 'down' | 'none'

/** How a day was. */
export function kindOf(checks: number, failed: number): Kind {
  if (checks === 0) return 'none'
  if (failed === 0) return 'up'
  return failed / checks < downShare ? 'failing' : 'down'
}

const box = (x: number, from: number, to: number): string => `M${x} ${from}h2V${to}h-2z`

/** Four paths for all days: a rectangle a day would be twenty times as many nodes. */
export function pathsOf(checks: readonly number[], failed: readonly number[]): Record<Kind, string> {
  const paths: Record<Kind, string> = { up: '', failing: '', down: '', none: '' }
  for (const [index, n] of checks.entries()) {
    const x = index * cell
    const kind = kindOf(n, failed[index] ?? 0)
    if (kind === 'none') paths.none += box(x, height - 4, height)
    else if (kind === 'up') paths.up += box(x, 0, height)
    else if (kind === 'failing') paths.failing += box(x, 5, height)
    else paths.down += box(x, 0, 7) + box(x, 10, height)
  }
  return paths
}
