import { queryOptions, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { gapShares } from '../ui/gap-slots.ts'
import { type Answer, get } from './client.ts'
import { gapsQuery } from './run-queries.ts'

const dayMs = 86_400_000

/** A target in a region. */
export interface Whose {
  target_id: string
  region: string | null
}

/** Failures of one day (UTC) by fault and kind. */
export function dayErrorsQuery({ target_id, region }: Whose, since: string) {
  const until = new Date(Date.parse(since) + dayMs).toISOString()
  const query = { target_id, region, since, until, by: 'domain,kind' }
  return queryOptions({
    queryKey: ['/api/v1/errors', 'day', query] as const,
    queryFn: ({ signal }) => get('/api/v1/errors', { query, signal }),
    staleTime: 5 * 60_000,
  })
}

type Present = Pick<Answer<'GET /api/v1/now'>, 'slots' | 'days' | 'schedules' | 'generated_at'>

/** The share of each of the days and of the slots of Now in which nothing was measured by our own fault. What is late now is a gap already. */
export function useGaps({ slots, days, schedules, generated_at: now }: Present) {
  const { data } = useQuery(gapsQuery(days.t0))
  return useMemo(() => {
    const open = schedules.flatMap(({ schedule, next_slot: since, late_s: late }) =>
      since === null || late === 0 ? [] : [{ schedule, since, until: now, n_slots: 1 }],
    )
    const gaps = [...(data?.rows ?? []), ...open]
    return {
      slots: gapShares(gaps, slots, schedules.length),
      days: gapShares(gaps, { ...days, step_s: dayMs / 1000 }, schedules.length),
    }
  }, [data, slots, days, schedules, now])
}
