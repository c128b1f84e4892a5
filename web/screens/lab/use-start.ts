import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { send } from '../../api/client.ts'
import { jobsQuery } from '../../api/queries.ts'
import { randomKey, startKeys } from '../../api/starts.ts'
import { tell } from '../../app/notices.ts'
import { useChange } from './use-search.ts'

/** What a sweep would take, asked for while it is enabled. */
export const useEstimate = (body: object, isEnabled: boolean) =>
  useQuery({
    queryKey: ['/api/v1/benchmarks/sweep/estimate', body],
    queryFn: ({ signal }) => send('POST', '/api/v1/benchmarks/sweep/estimate', { body, signal }),
    enabled: isEnabled,
  })

/** Starts a sweep, which the URL then names. */
export function useStart() {
  const queries = useQueryClient()
  const change = useChange()
  const [keys] = useState(() => startKeys(randomKey))
  return useMutation({
    mutationFn: (body: object) =>
      send('POST', '/api/v1/benchmarks/sweep', { body, headers: { 'idempotency-key': keys.keyOf(body) } }),
    onSuccess: ({ job_id: run }) => {
      keys.spent()
      void queries.invalidateQueries({ queryKey: jobsQuery.queryKey })
      change({ run })
    },
    onError: ({ message }) => tell(`It was not started: ${message}`),
  })
}
