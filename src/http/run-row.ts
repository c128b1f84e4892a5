import { z } from 'zod'
import type { RunRow } from '../store/store.ts'

const moment = z.iso.datetime()

/** A run with the database's column names. */
export const runRow: z.ZodType<RunRow> = z.strictObject({
  id: z.uuid(),
  run_name: z.string(),
  triggered_by: z.string(),
  mode: z.string(),
  schedule: z.string().nullable(),
  slot: moment.nullable(),
  region: z.string(),
  status: z.enum(['queued', 'running', 'finished', 'cancelled', 'abandoned', 'missed']),
  status_reason: z.string().nullable(),
  synthetic: z.boolean(),
  started_at: moment,
  finished_at: moment.nullable(),
  n_probes: z.int(),
  n_succeeded: z.int(),
  n_failed: z.int(),
  n_skipped: z.int(),
  skip_reasons: z.record(z.string(), z.int()).exactOptional(),
})
