import type { Context } from 'hono'
import { z } from 'zod'
import type { OnDemandMode } from '../core/plan.ts'
import type { JobRefusal } from '../jobs/job-request.ts'
import {
  cancelBenchmark,
  estimateBenchmark,
  queueBenchmark,
  type QueuedBenchmark,
} from '../jobs/queue-benchmark.ts'
import { onDemandProviders } from '../jobs/job-request.ts'
import type { Store } from '../store/store.ts'
import type { Api } from './api.ts'
import { benchmarkBodies, jobRequestOf } from './benchmark-request.ts'
import { liveOf, streamOf } from './events.ts'
import {
  estimated,
  jobFields,
  jobList,
  jobRow,
  linksOf,
  listedJob,
  rateHeaders,
  startedJob,
  toEstimateRow,
} from './job-row.ts'
import { type Live, names } from './live.ts'
import type { HttpParts } from './parts.ts'
import { apiPath } from './paths.ts'
import { type ProblemKind, refuse } from './problem-details.ts'
import { progressAt, readFacts } from './progress.ts'

const tag = 'benchmarks'

const summaries: Readonly<Record<OnDemandMode, string>> = {
  single: 'one call of a model',
  multi: 'several calls of a model, in turn',
  concurrent: 'several calls of a model, some of them at once',
  comparison: 'several calls of each of some models',
  sweep: 'loads on models, level by level',
}

const how =
  'It waits its turn, if others are at work, and is answered at once: 202 with its id. With `Accept: text/event-stream` its events are streamed ' +
  'instead, to its end. The header `Idempotency-Key` makes it safe to repeat: the same key and body get the same run. What may cost more than ' +
  'a dollar, or nobody knows what, needs `max_cost_usd`, unless there is a budget. `RateLimit-*` headers say how many starts are left.'

/** Runs on demand: to start, to see and to cancel them. */
export function addBenchmarks(api: Api, parts: HttpParts): void {
  const live = liveOf(parts)
  for (const mode of ['single', 'multi', 'concurrent', 'comparison', 'sweep'] as const) {
    startRuns(api, mode, { parts, live })
    estimateRuns(api, mode, parts)
  }
  listJobs(api, parts)
  readJob(api, parts)
  cancelJob(api, parts)
}

function startRuns(api: Api, mode: OnDemandMode, { parts, live }: { parts: HttpParts; live: Live }): void {
  api.add(
    {
      method: 'post',
      path: `/benchmarks/${mode}`,
      access: 'admin',
      tag,
      summary: `Start a run: ${summaries[mode]}`,
      description: how,
      query: { names },
      body: benchmarkBodies[mode],
      answer: startedJob,
      status: 202,
      also: { 200: 'The events of the run, if they were asked for' },
    },
    async ({ body, query: { names: naming }, context }) => {
      const unfit = whyNotHere(mode, parts)
      if (unfit !== null) return unfit
      const { unavailable } = parts.jobs
      if (unavailable !== null) return refuse('not_configured', unavailable)
      const idempotencyKey = context.req.header('idempotency-key') ?? null
      if (idempotencyKey !== null && !/^[\x21-\x7e]{1,255}$/.test(idempotencyKey))
        return refuse(
          'invalid_request',
          'the header Idempotency-Key has 1 to 255 visible characters of ASCII',
        )
      const asked = await jobRequestOf(mode, body, parts)
      if (asked instanceof Response) return asked
      const asker = { client: clientOf(context, parts), idempotencyKey }
      const queued = await queueBenchmark({ ...asked, ...asker }, parts.app, await toolsOf(parts))
      if ('refusal' in queued) return refuseJob(queued.refusal)
      await parts.jobs.kick(context.req.raw)
      const { id: runId } = queued.run
      const headers = { location: linksOf(runId).self, ...rateHeaders(queued.rate) }
      if (!wantsEvents(context)) return accepted(queued, headers)
      return streamOf({ runId, only: null, after: null, naming }, { parts, live, headers })
    },
  )
}

/** A level cannot be handed over from one function to the next: its load would stop meanwhile. */
const whyNotHere = (mode: OnDemandMode, { hosting }: HttpParts): Response | null =>
  mode === 'sweep' && hosting === 'function'
    ? refuse(
        'bad_selection',
        'a sweep outlives a function: start it at a server of your own (pnpm start), or with scripts/sweep.ts',
      )
    : null

/** The answer to a run that was queued. */
function accepted(
  { run, place, created, estimate, notes }: QueuedBenchmark,
  headers: Record<string, string>,
) {
  const { job_id, status, links } = jobFields({ run, place })
  const rows = { job_id, status, place, links, created, estimate: toEstimateRow(estimate), notes }
  return Response.json(rows satisfies z.infer<typeof startedJob>, {
    status: 202,
    headers: { 'cache-control': 'no-store', ...headers },
  })
}

const estimateRuns = (api: Api, mode: OnDemandMode, parts: HttpParts): void =>
  api.add(
    {
      method: 'post',
      path: `/benchmarks/${mode}/estimate`,
      access: 'read',
      tag,
      summary: `What such a run would take and cost, and why it would be refused`,
      body: benchmarkBodies[mode],
      answer: estimated,
    },
    async ({ body }) => {
      const unfit = whyNotHere(mode, parts)
      if (unfit !== null) return unfit
      const asked = await jobRequestOf(mode, body, parts)
      if (asked instanceof Response) return asked
      const found = await estimateBenchmark(asked, parts.app, await toolsOf(parts))
      if ('refusal' in found) return refuseJob(found.refusal)
      const { estimate, notes, wouldRefuse } = found
      const refused = wouldRefuse && { kind: wouldRefuse.kind, detail: wouldRefuse.message }
      return { estimate: toEstimateRow(estimate), notes, would_refuse: refused }
    },
  )

/** Closed runs that a list shows. */
const mostRecent = 20

const listJobs = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/benchmarks',
      access: 'read',
      tag,
      summary: 'Runs on demand: those that wait, in their order, those at work, and the latest of the others',
      description: `Every run, with filters, is at ${apiPath}/runs.`,
      answer: jobList,
    },
    async () => {
      const store = await openStore()
      const rowsOf = async (status: string | null, limit: number) =>
        (await store.listRuns({ trigger: 'api', status, limit })).rows.map(toListed)
      const queued = await rowsOf('queued', 500)
      const placed = await Promise.all(queued.map((row) => withPlace(row, store)))
      const lately = await rowsOf(null, mostRecent + queued.length)
      return {
        // One that began meanwhile has no place anymore.
        queued: placed
          .filter(({ place }) => place !== null)
          .toSorted((a, b) => (a.place ?? 0) - (b.place ?? 0)),
        running: await rowsOf('running', 100),
        recent: lately.filter(({ finished_at: end }) => end !== null).slice(0, mostRecent),
      }
    },
  )

type ListedJob = z.infer<typeof listedJob>
type ListedRun = Awaited<ReturnType<Store['listRuns']>>['rows'][number]

function toListed(run: ListedRun): ListedJob {
  const { id, status, mode, synthetic, started_at, finished_at, providers, models } = run
  const { n_probes, n_succeeded, n_failed, n_skipped } = run
  const counts = { n_probes, n_succeeded, n_failed, n_skipped }
  const about = { mode, synthetic, started_at, finished_at, providers, models }
  return { job_id: id, status, place: null, links: linksOf(id), ...about, ...counts }
}

const withPlace = async (row: ListedJob, store: Pick<Store, 'readJob'>): Promise<ListedJob> => ({
  ...row,
  place: (await store.readJob({ runId: row.job_id })).place,
})

const readJob = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/benchmarks/{id}',
      access: 'read',
      tag,
      summary: 'A run as it is now: its state, its place, how far it is, and where to follow it from',
      description: 'Read it first, then its events after `last_event`.',
      params: { id: z.uuid() },
      answer: jobRow,
    },
    async ({ params: { id } }) => describeJob(id, await openStore()),
  )

const cancelJob = (api: Api, parts: HttpParts): void =>
  api.add(
    {
      method: 'post',
      path: '/benchmarks/{id}/cancel',
      access: 'admin',
      tag,
      summary: 'Cancel a run: its calls end within a second, what was measured is kept, the rest is skipped',
      description: 'One that is closed stays as it is.',
      params: { id: z.uuid() },
      answer: jobRow,
    },
    async ({ params: { id } }) => {
      const store = await parts.openStore()
      const cancelled = await cancelBenchmark(id, parts.app, { store })
      return 'refusal' in cancelled ? refuseJob(cancelled.refusal) : describeJob(id, store)
    },
  )

/** A run as it is now. Rejects with StoreError. */
async function describeJob(id: string, store: Store): Promise<z.infer<typeof jobRow>> {
  // The cursor first: what happens meanwhile comes once more, and is not missed.
  const { next: last_event } = await store.listEvents({ runId: null, after: null, limit: 1 })
  const { run, isCancelling, place } = await store.readJob({ runId: id })
  const { done, counts, ...facts } = await readFacts(id, store)
  const at = run.finishedAt ?? new Date()
  const progress = progressAt(facts, { done, at, detail: null })
  return {
    ...jobFields({ run, place }),
    n_probes: run.nProbes,
    ...counts,
    is_cancelling: isCancelling && run.finishedAt === null,
    progress,
    last_event,
  }
}

/** The store, and whom a run on demand may call. */
const toolsOf = async ({ app, openStore, configured }: HttpParts) => ({
  store: await openStore(),
  configured: onDemandProviders(app.env, configured()),
})

/** Who starts runs, as their number is limited: whoever has the token. Only a hash of it is kept. */
const clientOf = (context: Context, { access }: HttpParts): string =>
  access.tokens.admin === null ? `address ${access.addressOf(context)}` : `token ${access.tokens.admin}`

/** Whether a client asks for events rather than for JSON. */
const wantsEvents = ({ req }: Context): boolean => /\btext\/event-stream\b/i.test(req.header('accept') ?? '')

const problemOf: Readonly<Record<JobRefusal['kind'], ProblemKind>> = {
  bad_selection: 'bad_selection',
  cost_unknown: 'cost_unknown',
  too_costly: 'too_costly',
  over_max_cost: 'over_max_cost',
  key_reused: 'key_reused',
  no_such_run: 'not_found',
  queue_full: 'queue_full',
  rate_limited: 'rate_limited',
}

/** How long a client waits if too many runs wait already, in s. */
const queueRetryS = 60

function refuseJob(refusal: JobRefusal): Response {
  const { kind, message } = refusal
  if (!('rate' in refusal)) return refuse(problemOf[kind], message)
  const { rate } = refusal
  const retryS = kind === 'rate_limited' ? rate.resetS : queueRetryS
  return refuse(problemOf[kind], message, {
    headers: { 'retry-after': String(Math.max(1, retryS)), ...rateHeaders(rate) },
  })
}
