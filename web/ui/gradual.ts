import { type ReactNode, startTransition, useEffect, useState } from 'react'

/** About what a screen shows at once, and few enough to be drawn in a frame or two. */
const stepRows = 20

/** How many of some rows are drawn: those on screen at once, the others in steps, so that no task of the browser is a long one. */
export function useGradual(total: number): number {
  const [drawn, setDrawn] = useState(stepRows)
  useEffect(() => {
    const go = () => startTransition(() => setDrawn((n) => n + stepRows))
    const timer = drawn < total ? setTimeout(go) : undefined
    return () => clearTimeout(timer)
  }, [drawn, total])
  return Math.min(drawn, total)
}

/** Rows under a name; without one they have no head. */
export interface Group<Row> {
  name: string | null
  note?: ReactNode
  rows: readonly Row[]
}

/** The first `n` rows of groups; a group that has none of them is left out. */
export function firstOf<Row>(groups: readonly Group<Row>[], n: number): Group<Row>[] {
  let left = n
  return groups.flatMap((group) => {
    const rows = group.rows.slice(0, left)
    left -= rows.length
    return rows.length === 0 ? [] : [{ ...group, rows }]
  })
}
