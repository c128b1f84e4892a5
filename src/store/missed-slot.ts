/** A scheduled run that could not start. */
interface MissedRun {
  id: string
  runName: string
  triggeredBy: string
  schedule: string
  slot: Date
  region: string
  startedAt: Date
}

/** A slot without a run, and why; `abandoned` if it did begin, but its worker was given up. */
export interface MissedSlot {
  run: MissedRun
  reason: string
  abandoned?: boolean
}
