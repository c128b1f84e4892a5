import type { Goal } from '../goals.ts'

/** What a part of the bench found. */
export interface Found {
  figures: Record<string, unknown>[]
  goals: Goal[]
}

/** How a part is made. */
export interface Setting {
  /** A folder for its databases. */
  cwd: string
  /** A few seconds, to see that it works: its figures say little. */
  short: boolean
  /** Tells how far it is. */
  say: (line: string) => void
}

/** A part of the bench. */
export type Part = (setting: Setting) => Promise<Found>
