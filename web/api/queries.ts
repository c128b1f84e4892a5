import { keepPreviousData, QueryClient, queryOptions } from '@tanstack/react-query'
import { ApiProblem, get } from './client.ts'
import { everyPage } from './pages.ts'

const seconds = 1000
const minutes = 60 * seconds
/** A server that asks for more patience than this is reported as away, with a button to try again. */
const mostWaitS = 5

/** The cache of everything that was read. What a token would open, and what is refused, is not asked for again by itself. */
export const createQueries = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15 * seconds,
        gcTime: 10 * minutes,
        placeholderData: keepPreviousData,
        retry: (tries, error) => error instanceof ApiProblem && tries < triesFor(error),
        retryDelay: (tries, error) =>
          Math.min((error instanceof ApiProblem ? error.retryAfterS : null) ?? 0.4 * 2 ** tries, mostWaitS) *
          seconds,
        // A browser that says it is offline may still reach this machine.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  })

/** How often a read is repeated by itself. A server that has just started says for seconds that its database opens. */
function triesFor({ kind, isOffline, status }: ApiProblem): number {
  if (kind === 'store_unavailable') return 10
  return isOffline || status >= 500 ? 2 : 0
}

// One entry an endpoint. The first part of a key is the path, by which live events make it stale.

/** Who we are to the server. */
export const sessionQuery = queryOptions({
  queryKey: ['/api/v1/session'],
  queryFn: ({ signal }) => get('/api/v1/session', { signal }),
  staleTime: 5 * minutes,
})

/** Every target in every region. */
export const nowQuery = queryOptions({
  queryKey: ['/api/v1/now'],
  queryFn: ({ signal }) => get('/api/v1/now', { signal }),
  refetchInterval: minutes,
})

/** What the status pages of providers say. */
export const officialQuery = queryOptions({
  queryKey: ['/api/v1/official-statuses'],
  queryFn: ({ signal }) => get('/api/v1/official-statuses', { signal }),
  refetchInterval: minutes,
})

/** How punctual the monitor is. */
export const healthQuery = queryOptions({
  queryKey: ['/api/v1/health'],
  queryFn: ({ signal }) => get('/api/v1/health', { signal }),
  refetchInterval: minutes,
})

/** Runs on demand: queued, at work and the latest. */
export const jobsQuery = queryOptions({
  queryKey: ['/api/v1/benchmarks'],
  queryFn: ({ signal }) => get('/api/v1/benchmarks', { signal }),
  staleTime: minutes,
})

/** Providers and which of them may be called. */
export const providersQuery = queryOptions({
  queryKey: ['/api/v1/providers'],
  queryFn: ({ signal }) => get('/api/v1/providers', { signal }),
  staleTime: minutes,
})

/** Price changes since a day. */
export const priceChangesQuery = (since: string) =>
  queryOptions({
    queryKey: ['/api/v1/prices/changes', { since }],
    queryFn: ({ signal }) => get('/api/v1/prices/changes', { query: { since, limit: 100 }, signal }),
    staleTime: 10 * minutes,
  })

/** Price changes of the last seven days. */
export const latestPricesQuery = (now: Date) =>
  priceChangesQuery(new Date(now.getTime() - 7 * 24 * 60 * minutes).toISOString().slice(0, 10))

/** The latest syncs of the catalog. */
export const syncsQuery = queryOptions({
  queryKey: ['/api/v1/syncs'],
  queryFn: ({ signal }) => get('/api/v1/syncs', { query: { limit: 30 }, signal }),
  staleTime: 10 * minutes,
})

/** Every model that is known, page by page. */
export const modelsQuery = queryOptions({
  queryKey: ['/api/v1/models'],
  queryFn: async ({ signal }) =>
    (await everyPage((after) => get('/api/v1/models', { query: { limit: 500, after }, signal }))).rows,
  staleTime: 5 * minutes,
})

/** Every price that a model has had. */
export const priceHistoryQuery = (provider: string, model: string) =>
  queryOptions({
    queryKey: ['/api/v1/prices/history', { provider, model }],
    queryFn: ({ signal }) => get('/api/v1/prices/history', { query: { provider, model }, signal }),
    staleTime: 5 * minutes,
  })

/** What was spent today and this month, and what may be. */
export const budgetQuery = queryOptions({
  queryKey: ['/api/v1/budget'],
  queryFn: ({ signal }) => get('/api/v1/budget', { signal }),
  staleTime: minutes,
})

/** What the next 30 days cost at the present pace. */
export const projectionQuery = (synthetic: boolean | undefined) =>
  queryOptions({
    queryKey: ['/api/v1/costs/projection', { synthetic }],
    queryFn: ({ signal }) => get('/api/v1/costs/projection', { query: { synthetic }, signal }),
    staleTime: minutes,
  })

/** Costs since a day, by what is named, page by page. */
export const costsQuery = (by: string, since: string, synthetic: boolean | undefined) =>
  queryOptions({
    queryKey: ['/api/v1/costs', { by, since, synthetic }],
    queryFn: ({ signal }) =>
      everyPage((after) =>
        get('/api/v1/costs', { query: { by, since, synthetic, after, limit: 1000 }, signal }),
      ),
    staleTime: minutes,
  })

/** The first results since a moment, without their texts. */
export const resultsSinceQuery = (since: string) =>
  queryOptions({
    queryKey: ['/api/v1/results', { since }],
    queryFn: ({ signal }) => get('/api/v1/results', { query: { since, success: true, limit: 500 }, signal }),
    staleTime: 5 * minutes,
  })

/** The latest runs since a day. */
export const runsSinceQuery = (since: string) =>
  queryOptions({
    queryKey: ['/api/v1/runs', { since }],
    queryFn: ({ signal }) => get('/api/v1/runs', { query: { since, limit: 200 }, signal }),
    staleTime: minutes,
  })

/** A run with a summary by target, without its probes. */
export const runSummaryQuery = (id: string) =>
  queryOptions({
    queryKey: ['/api/v1/runs/{id}', { id, limit: 1 }],
    queryFn: ({ signal }) => get('/api/v1/runs/{id}', { params: { id }, query: { limit: 1 }, signal }),
    staleTime: minutes,
  })

/** Prompts that have a name; with their texts, which may be long, if asked. */
export const promptsQuery = (text: boolean) =>
  queryOptions({
    queryKey: ['/api/v1/prompts', { text }],
    queryFn: ({ signal }) => get('/api/v1/prompts', { query: { text }, signal }),
    staleTime: 5 * minutes,
  })

/** How exactly each host measures. */
export const calibrationsQuery = queryOptions({
  queryKey: ['/api/v1/calibrations'],
  queryFn: ({ signal }) => get('/api/v1/calibrations', { signal }),
  staleTime: 5 * minutes,
})

/** The latest runs, to go to. */
export const latestRunsQuery = queryOptions({
  queryKey: ['/api/v1/runs', { limit: 30 }],
  queryFn: ({ signal }) => get('/api/v1/runs', { query: { limit: 30 }, signal }),
})
