import type { Level } from '../core/plan.ts'
import type { Objectives } from '../lab/goodput.ts'
import type { Content, Markup } from './html.ts'
import type { SweepRow } from './describe-sweep.ts'

/** A run of a sweep as its row has it. */
export interface SweepRun {
  id: string
  status: string
  synthetic: boolean
  started_at: string
  finished_at: string | null
  n_probes: number
  n_succeeded: number
  n_failed: number
  n_skipped: number
  skip_reasons?: Record<string, number>
}

/** A sweep with all its results. */
export interface SweepData {
  run: SweepRun
  /** As its run was asked for. */
  settings: Record<string, unknown>
  levels: readonly Level[]
  rows: readonly SweepRow[]
}

/** What is said of a sweep beside what is recorded of it. */
export interface AboutSweep {
  objectives: Objectives
  /** Where it is recorded, for people; null if nowhere, or if that is nobody's business. */
  store: string | null
  /** What its searches found, a line each. */
  found?: readonly string[]
}

/** A section of the page. */
export interface Section {
  id: string
  title: string
  intro: Content
  body: Markup
}
