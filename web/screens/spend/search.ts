const parts = ['model', 'next', 'charged', 'skipped'] as const
/** How many days may be shown; 30 if the URL says nothing. */
export const spans = [7, 30, 90] as const

/** What the URL says of the screen; what is usual is left out of it. */
export interface SpendSearch {
  days?: 7 | 90
  /** Real results alone, or synthetic ones. */
  kind?: 'real' | 'synthetic'
  /** A part of the screen; spending by provider if left out. */
  part?: (typeof parts)[number]
  /** Whether the chart is a table. */
  chart?: 'table'
}

/** The search of a URL, without what this screen does not know. */
export function spendSearch({ days, kind, part, chart }: Record<string, unknown>): SpendSearch {
  const known = parts.find((name) => name === part)
  return {
    ...((days === 7 || days === 90) && { days }),
    ...((kind === 'real' || kind === 'synthetic') && { kind }),
    ...(known !== undefined && { part: known }),
    ...(chart === 'table' && { chart }),
  }
}
