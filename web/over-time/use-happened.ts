import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Answer } from '../../api/client.ts'
import { gapsQuery, outagesQuery, type Stretch } from '../../api/target-queries.ts'
import type { Happened } from './marks.ts'

/** What happened over a time besides measurements; nothing until it is read. */
export function useHappened(
  stretch: Stretch,
  prices: Answer<'GET /api/v1/prices/history'> | undefined,
): Happened {
  const outages = useQuery(outagesQuery(stretch)).data
  const gaps = useQuery(gapsQuery(stretch)).data
  return useMemo(
    () => ({ outages: outages?.rows ?? [], gaps: gaps?.rows ?? [], prices: prices?.rows ?? [] }),
    [outages, gaps, prices],
  )
}
