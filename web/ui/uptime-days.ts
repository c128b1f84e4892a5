/** The width of a day with the space after it, and the height of the bar, in px. */
export const cell = 3
export const height = 20
/** The share of failed checks from which a day counts as down. */
const downShare = 0.05
/** What is shorter than two hours is not seen in a bar. */
const leastGap = 1 / 12

type Kind = 'up' | 'failing' | 'down' | 'none'

/** How a day was. */
export function kindOf(checks: number, failed: number): Kind {
  if (checks === 0) return 'none'
  if (failed === 0) return 'up'
  return failed / checks < downShare ? 'failing' : 'down'
}

const box = (x: number, from: number, to: number): string => `M${x} ${from}h2V${to}h-2z`

/** How far from the top a day is striped, because we did not measure in so much of it. */
function gapOf(kind: Kind, share: number): number {
  if (share < leastGap) return 0
  return kind === 'none' ? height : Math.round(share * (height - 4))
}

/** A day beneath its stripes. What is left is too low for a notch or a split beneath nine px of stripes. */
function dayOf(kind: Kind, x: number, top: number): string {
  if (kind === 'none') return top === 0 ? box(x, height - 4, height) : ''
  if (kind === 'up' || top > 9) return box(x, top, height)
  if (kind === 'failing') return box(x, Math.max(5, top), height)
  return (top < 7 ? box(x, top, 7) : '') + box(x, 10, height)
}

/** A path for all days of a kind: a rectangle a day would be twenty times as many nodes. Hours in which we did not measure (`gaps`, the share of each day) are stripes from the top. */
export function pathsOf(
  checks: readonly number[],
  failed: readonly number[],
  gaps: readonly number[] = [],
): Record<Kind | 'gap', string> {
  const paths = { up: '', failing: '', down: '', none: '', gap: '' }
  for (const [index, n] of checks.entries()) {
    const x = index * cell
    const kind = kindOf(n, failed[index] ?? 0)
    const top = gapOf(kind, gaps[index] ?? 0)
    for (let y = 0; y < top - 1; y += 2) paths.gap += box(x, y, y + 1)
    paths[kind] += dayOf(kind, x, top)
  }
  return paths
}
