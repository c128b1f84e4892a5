import type { Delivery } from '../api/incident-queries.ts'

const dayMs = 86_400_000

/** What was given up within a day: its next attempt is when that was. A test is none: who made it saw what became of it. */
export const latelyDead = (rows: readonly Delivery[], now: Date): Delivery[] =>
  rows.filter(
    ({ incident_id: id, state, next_attempt_at: at }) =>
      id !== null && state === 'dead' && now.getTime() - Date.parse(at) < dayMs,
  )
