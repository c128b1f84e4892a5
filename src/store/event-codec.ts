import { z } from 'zod'

// Events of runs as `list_events` returns them: with the database's names, and moments as ISO 8601 text.

/** Every event that the database tells of a run; supabase/schemas/17_run_events.sql has the same list. */
const eventNames = [
  'run_queued',
  'run_started',
  'run_joined',
  'run_handed_over',
  'run_extended',
  'run_cancelling',
  'run_finished',
  'run_missed',
  'probe_started',
  'probe_recorded',
  'probes_skipped',
] as const

const measured = z.number().nullable()
const counted = z.int().nullable()

/** The probe of an event as it is now. */
const probe = z.object({
  id: z.string(),
  provider: z.string(),
  model: z.string(),
  region: z.string(),
  iteration: z.int(),
  /** The size of its filler that was asked for; null without one. */
  context_tokens: counted,
  warmup: z.boolean(),
  /** Of a sweep: its level, from 0. */
  level: counted.optional(),
})

/** The result of an event as it is now. */
const result = z.object({
  id: z.string(),
  success: z.boolean(),
  status_code: counted,
  error_kind: z.string().nullable(),
  fault_domain: z.string().nullable(),
  ttft_ms: measured,
  ttfa_ms: measured,
  tps: measured,
  input_tps: measured,
  total_latency_ms: measured,
  input_tokens: counted,
  output_tokens: counted,
  cost_usd: measured,
})

const eventRow = z.object({
  /** The cursor of this event: `<xid>-<id>`. */
  id: z.string(),
  run_id: z.string(),
  event: z.enum(eventNames),
  created_at: z.string(),
  data: z.record(z.string(), z.json()),
  /** Null if the event is of no probe, or its probe is gone. */
  probe: probe.nullable(),
  /** Null if the event is of no result, or its result is gone. */
  result: result.nullable(),
  /** Probes of this run that are recorded or skipped, up to and including this event. */
  n_done: z.int(),
})

/** An event of a run, with its probe and result. */
export type EventRow = z.infer<typeof eventRow>

/** Events in order, and the cursor to go on from, also if there are none. */
export interface EventPage {
  rows: EventRow[]
  next: string
  /** Whether events are committed that do not show up yet, because an older transaction is still open. */
  pending: boolean
}

export const eventPage: z.ZodType<EventPage> = z.object({
  rows: z.array(eventRow),
  next: z.string(),
  pending: z.boolean(),
})

/** Whether a cursor is past another. */
export function isPast(cursor: string, other: string): boolean {
  const [xid, id] = partsOf(cursor)
  const [otherXid, otherId] = partsOf(other)
  return xid === otherXid ? id > otherId : xid > otherXid
}

function partsOf(cursor: string): [bigint, bigint] {
  const [xid = '0', id = '0'] = cursor.split('-')
  return [BigInt(xid), BigInt(id)]
}
