import { z } from 'zod'

// What people see of a fleet. Names are the database's: whoever answers over HTTP answers with them as they are.

/** How many calls of a provider one region may have in flight, if nothing else is set. */
export const usualLanes = 4
/** The most that may be set. */
export const mostLanes = 64

/** How late the event loop of a worker may be, in ms: more, and what it measures is doubtful. */
export const mostLagMs = 50
/** How long a shard may be due, in s: two windows of about a minute, and a pass of the planner. */
export const longestDueS = 180

/** `silent`: no heartbeat for a minute, and it never said that it leaves. */
export const workerStates = ['live', 'leaving', 'silent'] as const

const moment = z.iso.datetime({ offset: true })
const count = z.int()
const figure = z.number().nullable()

const worker = z.object({
  owner: z.string(),
  host: z.string(),
  version: z.string(),
  started_at: moment,
  beat_at: moment,
  /** Since its last heartbeat, in s, by the clock of the database. */
  beat_age_s: z.number(),
  state: z.enum(workerStates),
  /** How many shards it may make at once, and how many it makes now. */
  concurrency: count,
  in_hand: count,
  /** How late its event loop is, in ms. */
  lag_ms: z.number(),
  /** Probes that it has made. */
  made: count,
  /** How late its host stamps, at so many streams at once or the next above, else the most; null if it was never calibrated. */
  calibration: z
    .object({ created_at: moment, concurrency: count, ttft_p95_ms: z.number(), chunk_p99_ms: z.number() })
    .nullable(),
})

/** Shards, and the probes that were planned in them. */
const amount = { shards: count, probes: count }

const region = z.object({
  region: z.string(),
  workers: z.array(worker),
  queue: z.object({
    /** May begin now and nobody makes them, those of a lost worker among them. `oldest_s`: how long the oldest waits. */
    due: z.object({ ...amount, oldest_s: figure }),
    /** May not begin yet. */
    later: z.object({ ...amount, next_at: moment.nullable() }),
    taken: z.object(amount),
  }),
  /** Of the shards that might begin in the last hour. */
  lately: z.object({
    done: count,
    /** How often one was taken, and how often one was lost with its worker and taken over. */
    takes: count,
    lost: count,
    /** Shards that were begun, and how long after they might. */
    begun: count,
    late_p50_s: figure,
    late_p99_s: figure,
    /** Why probes of their runs were skipped: a reason and how many. */
    skip_reasons: z.record(z.string(), count),
  }),
})

const laneRow = z.object({
  /** The id of the provider: `openai`. */
  provider: z.string(),
  name: z.string(),
  /** How many calls of it a region may have in flight, and whether that is what is usual. */
  lanes: count,
  is_usual: z.boolean(),
  /** Until when it asked us to pause; null if it does not now. */
  paused_until: moment.nullable(),
  regions: z.array(z.object({ region: z.string(), in_use: count, shards_due: count, oldest_due_s: figure })),
})

/** A fleet at one moment; without one, both lists are empty. */
export const fleet = z
  .object({
    /** The clock of the database. */
    now: moment,
    regions: z.array(region),
    /** Providers that have shards now or had some in the last hour. */
    lanes: z.array(laneRow),
  })
  .meta({ id: 'Fleet' })

export type Fleet = z.output<typeof fleet>
export type FleetRegion = Fleet['regions'][number]
export type FleetWorker = FleetRegion['workers'][number]

/** Whether there is anything to see. */
export const isFleet = ({ regions, lanes }: Fleet): boolean => regions.length + lanes.length > 0
