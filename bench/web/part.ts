import type { Goal } from '../goals.ts'

/** What a part of the bench found. */
export interface Part {
  figures: Record<string, unknown>[]
  goals: Goal[]
}
