import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { send } from '../../api/client.ts'
import { jobsQuery } from '../../api/queries.ts'
import { randomKey, startKeys } from '../../api/starts.ts'
import { tell } from '../../app/notices.ts'
import type { Asked } from './request.ts'
import { useChange } from './use-search.ts'

/** What a run would take, asked for while it is enabled. */
export function useEstimate({ mode, body }: Asked, isEnabled: boolean) {
  return useQuery({
    queryKey: [`/api/v1/benchmarks/${mode}/estimate`, body],
    queryFn: ({ signal }) => send('POST', `/api/v1/benchmarks/${mode}/estimate`, { body, signal }),
    enabled: isEnabled,
  })
}

/** Starts a run, which the URL then names. */
export function useStart() {
  const queries = useQueryClient()
  const change = useChange()
  const [keys] = useState(() => startKeys(randomKey))
  return useMutation({
    mutationFn: (asked: Asked) =>
      send('POST', `/api/v1/benchmarks/${asked.mode}`, {
        body: asked.body,
        headers: { 'idempotency-key': keys.keyOf(asked) },
      }),
    onSuccess: ({ job_id: run }) => {
      keys.spent()
      void queries.invalidateQueries({ queryKey: jobsQuery.queryKey })
      change({ run })
    },
    onError: ({ message }) => tell(`It was not started: ${message}`),
  })
}
