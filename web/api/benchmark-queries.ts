import { queryOptions } from '@tanstack/react-query'
import { get } from './client.ts'
import { everyPage } from './pages.ts'

// What the screen of runs on demand reads.

const minutes = 60_000

/** A run on demand as it is now. */
export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ['/api/v1/benchmarks/{id}', { id }],
    queryFn: ({ signal }) => get('/api/v1/benchmarks/{id}', { params: { id }, signal }),
  })

/** A run with its settings and its summary by target. */
export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['/api/v1/runs', { id }],
    queryFn: ({ signal }) => get('/api/v1/runs/{id}', { params: { id }, query: { limit: 1 }, signal }),
  })

/** Every result of a run, oldest first. */
export const resultsOfRunQuery = (id: string) =>
  queryOptions({
    queryKey: ['/api/v1/results', { run: id }],
    queryFn: async ({ signal }) =>
      (
        await everyPage((after) =>
          get('/api/v1/results', { query: { run_id: id, limit: 500, after }, signal }),
        )
      ).rows,
  })

/** A result with the text of its answer. */
export const textOfResultQuery = (id: string) =>
  queryOptions({
    queryKey: ['/api/v1/results/{id}', { id, text: true }],
    queryFn: ({ signal }) => get('/api/v1/results/{id}', { params: { id }, query: { text: true }, signal }),
    staleTime: 10 * minutes,
  })

/** Prompts that have a name, with their texts. */
export const promptsQuery = queryOptions({
  queryKey: ['/api/v1/prompts'],
  queryFn: ({ signal }) => get('/api/v1/prompts', { query: { text: true }, signal }),
  staleTime: 5 * minutes,
})

/** The price in force of every model that has one. */
export const pricesQuery = queryOptions({
  queryKey: ['/api/v1/prices'],
  queryFn: ({ signal }) => get('/api/v1/prices', { signal }),
  staleTime: 10 * minutes,
})
