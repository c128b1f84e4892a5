import type { Goal } from '../goals.ts'

/** What a part of the bench found. */
export interface Found {
  figures: Record<string, unknown>[]
  goals: Goal[]
}

/** How a part is made. */
interface Setting {
  /** The folder of the commands that it starts. */
  cwd: string
  /** A few seconds, to see that it works: its figures say little. */
  short: boolean
}

/** A part of the bench. */
export type Part = (setting: Setting) => Promise<Found>
