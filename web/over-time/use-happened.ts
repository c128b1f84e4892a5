import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Answer } from '../api/client.ts'
import { latestIncidentsQuery } from '../api/incident-queries.ts'
import { gapsQuery, outagesQuery, type Stretch } from '../api/target-queries.ts'
import type { Happened } from './marks.ts'

/** What happened over a time besides measurements; nothing until it is read. */
export function useHappened(
  stretch: Stretch,
  prices: Answer<'GET /api/v1/prices/history'> | undefined,
): Happened {
  const outages = useQuery(outagesQuery(stretch)).data
  const gaps = useQuery(gapsQuery(stretch)).data
  const { id, region, until } = stretch
  // Incidents are asked for by when they opened, so those that began before and go on must be among the latest.
  const incidents = useQuery(latestIncidentsQuery({ target_id: id, until })).data
  return useMemo(
    () => ({
      outages: outages?.rows ?? [],
      gaps: gaps?.rows ?? [],
      prices: prices?.rows ?? [],
      incidents: (incidents?.rows ?? []).filter((each) => region === null || each.region === region),
    }),
    [outages, gaps, prices, incidents, region],
  )
}
