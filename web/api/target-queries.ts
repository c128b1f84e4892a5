import { queryOptions } from '@tanstack/react-query'
import { get } from './client.ts'

// What the screens of one target and of one result read. What was read before stays while more is read, so a screen of
// another target or result must be another component: `key`.

/** Whose history, over which time: `until` null is now, and moves on. */
export interface Stretch {
  id: string
  region: string | null
  /** Its length in ms. */
  lengthMs: number
  until: string | null
}

const startOf = ({ until, lengthMs }: Pick<Stretch, 'until' | 'lengthMs'>): string =>
  new Date((until === null ? Date.now() : Date.parse(until)) - lengthMs).toISOString()

export type MetricName = 'ttft' | 'ttfa' | 'tps' | 'latency'

/** The targets of a provider: what every run calls, and what it calls no more. */
export const targetsQuery = (provider: string) =>
  queryOptions({
    queryKey: ['/api/v1/targets', provider],
    queryFn: ({ signal }) => get('/api/v1/targets', { query: { provider }, signal }),
    staleTime: 60_000,
  })

/** How the objectives of a target fare, in one region or all. */
export const objectivesQuery = (id: string, region: string | null) =>
  queryOptions({
    queryKey: ['/api/v1/objectives', id, region],
    queryFn: ({ signal }) => get('/api/v1/objectives', { query: { target_id: id, region }, signal }),
  })

/** A metric of a target over time, with room for `width` points. */
export const seriesQuery = (stretch: Stretch, metric: MetricName, width: number) =>
  queryOptions({
    queryKey: ['/api/v1/series', stretch.id, stretch, metric, width] as const,
    queryFn: ({ signal }) => get('/api/v1/series', { query: { ...asked(stretch), metric, width }, signal }),
  })

/** What every read of a stretch asks. */
const asked = (stretch: Stretch) => {
  const { id, region, until } = stretch
  return { target_id: id, region, since: startOf(stretch), until }
}

/** How a metric is distributed. */
export const distributionQuery = (stretch: Stretch, metric: MetricName) =>
  queryOptions({
    queryKey: ['/api/v1/distribution', stretch.id, stretch, metric] as const,
    queryFn: ({ signal }) => get('/api/v1/distribution', { query: { ...asked(stretch), metric }, signal }),
  })

/** What calls spent their time on. */
export const phasesQuery = (stretch: Stretch) =>
  queryOptions({
    queryKey: ['/api/v1/phases', stretch.id, stretch] as const,
    queryFn: ({ signal }) => get('/api/v1/phases', { query: asked(stretch), signal }),
  })

/** Every result, each a point. */
export const pointsQuery = (stretch: Stretch) =>
  queryOptions({
    queryKey: ['/api/v1/points', stretch.id, stretch] as const,
    queryFn: ({ signal }) => get('/api/v1/points', { query: asked(stretch), signal }),
  })

/** What users had of it through the proxy, beside its probes. No event tells of more. */
export const trafficQuery = (stretch: Stretch) =>
  queryOptions({
    queryKey: ['/api/v1/compare/traffic', stretch.id, stretch] as const,
    queryFn: ({ signal }) => {
      const { target_id, since, until } = asked(stretch)
      return get('/api/v1/compare/traffic', { query: { target_id, since, until }, signal })
    },
    staleTime: 15_000,
  })

/** When the target was down. */
export const outagesQuery = (stretch: Stretch) =>
  queryOptions({
    queryKey: ['/api/v1/outages', stretch.id, stretch] as const,
    queryFn: ({ signal }) => get('/api/v1/outages', { query: asked(stretch), signal }),
  })

/** Slots of the schedule without a run that ended in the stretch or after it. */
export const gapsQuery = (stretch: Stretch) =>
  queryOptions({
    queryKey: ['/api/v1/gaps', stretch.lengthMs, stretch.until] as const,
    queryFn: ({ signal }) => get('/api/v1/gaps', { query: { since: startOf(stretch), limit: 1000 }, signal }),
  })

/** Failures by kind and fault. */
export const errorsQuery = (stretch: Stretch) =>
  queryOptions({
    queryKey: ['/api/v1/errors', stretch.id, stretch] as const,
    queryFn: ({ signal }) =>
      get('/api/v1/errors', { query: { ...asked(stretch), by: 'domain,kind' }, signal }),
  })

/** The most results that a read brings. */
const most = 500
const shortestMs = 60_000

/** The latest results of a target up to a moment, oldest first: of a time that is cut short if it holds too many. */
export const latestResultsQuery = (
  { id, region }: Pick<Stretch, 'id' | 'region'>,
  until: string,
  lengthMs: number,
) =>
  queryOptions({
    queryKey: ['/api/v1/results', id, region, until, lengthMs] as const,
    queryFn: async ({ signal }) => {
      // The list is oldest first: its end is what is wanted.
      const end = new Date(Date.parse(until) + 1000).toISOString()
      for (let length = lengthMs; ; length /= 2) {
        const since = startOf({ until, lengthMs: length })
        const query = { target_id: id, region, since, until: end, limit: most }
        const { rows, next } = await get('/api/v1/results', { query, signal })
        if (next === null || length < shortestMs) return { rows, since }
      }
    },
  })

/** One result in full, with its text only if that is asked for. */
export const resultQuery = (id: string, withText: boolean) =>
  queryOptions({
    queryKey: ['/api/v1/results/{id}', id, withText] as const,
    queryFn: ({ signal }) => {
      const query = { timeline: true, ...(withText && { text: true }) }
      return get('/api/v1/results/{id}', { params: { id }, query, signal })
    },
    staleTime: 60_000,
  })
