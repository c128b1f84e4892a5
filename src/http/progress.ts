import { z } from 'zod'
import type { EventRow } from '../store/event-codec.ts'
import type { Store } from '../store/store.ts'

/** How far a run is. */
export const progress = z
  .strictObject({
    /** Calls that are recorded or skipped, and all that are planned. */
    done: z.int(),
    total: z.int(),
    percent: z.number(),
    /** Seconds until it ends if calls go on as they did; null while nobody can say. */
    eta_s: z.number().nullable(),
    /** Which call it is about: `OpenAI gpt-5, run 2/3`. */
    detail: z.string().nullable(),
  })
  .meta({ id: 'Progress' })

/** How far a run is. */
export type Progress = z.infer<typeof progress>

/** What is known of a run besides its events. */
export interface RunFacts {
  id: string
  mode: string
  total: number
  /** Calls that the plan, or somebody, has skipped. */
  skipped: number
  /** The event up to which that is counted, if it was followed from its beginning; else it is as of when it was read. */
  followedTo?: string
  /** Null until it has begun. */
  startedAt: Date | null
  targets: { provider: string; model: string }[]
  settings: Record<string, unknown>
}

/** Reads what is known of a run. Rejects with StoreError. */
export async function readFacts(
  id: string,
  store: Pick<Store, 'readRun'>,
): Promise<
  RunFacts & { done: number; counts: { n_succeeded: number; n_failed: number; n_skipped: number } }
> {
  const { run, settings, targets } = await store.readRun({ id, limit: 1 })
  const sum = (key: 'n_ok' | 'n_failed' | 'n_skipped') =>
    targets.reduce((total, target) => total + target[key], 0)
  const counts = { n_succeeded: sum('n_ok'), n_failed: sum('n_failed'), n_skipped: sum('n_skipped') }
  const named = targets.map(({ provider, model }) => ({ provider: provider ?? '', model: model ?? '' }))
  return {
    id,
    mode: run.mode,
    total: run.n_probes,
    skipped: counts.n_skipped,
    done: counts.n_succeeded + counts.n_failed + counts.n_skipped,
    counts,
    startedAt: run.status === 'queued' ? null : new Date(run.started_at),
    // A target with several context tiers has a line for each.
    targets: [...new Map(named.map((each) => [JSON.stringify(each), each])).values()],
    settings,
  }
}

/** How far a run was when so many calls were done. */
export function progressAt(
  { total: planned, skipped, startedAt }: Pick<RunFacts, 'total' | 'skipped' | 'startedAt'>,
  { done, at, detail }: { done: number; at: Date; detail: string | null },
): Progress {
  // Rechecks are planned while it runs.
  const total = Math.max(planned, done)
  const called = done - skipped
  const msPerCall = startedAt === null || called <= 0 ? null : (at.getTime() - startedAt.getTime()) / called
  return {
    done,
    total,
    // 100 only if nothing is left.
    percent: total === 0 ? 100 : Math.floor((done / total) * 1000) / 10,
    eta_s: msPerCall === null ? null : Math.max(0, Math.round((msPerCall * (total - done)) / 100) / 10),
    detail,
  }
}

/** What the probe of an event is, for people; null if the event is of none. */
export function detailOf(
  { probe }: Pick<EventRow, 'probe'>,
  { settings }: Pick<RunFacts, 'settings'>,
  nameOf: (provider: string) => string,
): string | null {
  if (probe === null) return null
  const { provider, model, iteration, context_tokens: context, warmup } = probe
  const runs = settings['runs']
  const call = warmup ? 'warm-up' : `run ${iteration}${typeof runs === 'number' ? `/${runs}` : ''}`
  return [`${nameOf(provider)} ${model}`, call, ...(context === null ? [] : [`context ${context}`])].join(
    ', ',
  )
}
