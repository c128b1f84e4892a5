import { useQueries, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { leaderboardQuery, modelQuery, type Period } from '../../api/compare-queries.ts'
import { nowQuery } from '../../api/queries.ts'
import type { CompareSearch } from './search.ts'
import { chosenOf, regionsOf, seriesOf, sidesOf, targetsOf } from './view.ts'

/** What there is to compare, and what of it a search chooses. */
export function useTargets(search: CompareSearch) {
  const read = useQuery(nowQuery)
  const { data: present } = read
  const targets = useMemo(() => (present === undefined ? [] : targetsOf(present)), [present])
  const regions = useMemo(() => (present === undefined ? [] : regionsOf(present)), [present])
  const chosen = useMemo(() => chosenOf(targets, search), [targets, search])
  return { read, targets, regions, region: search.region ?? regions[0] ?? null, chosen }
}

/** The leaderboards of speed and cost in a region: everything that is ranked. */
export function useField(
  { speed = 'tps', period = '7d' }: CompareSearch,
  region: string | null,
  enabled: boolean,
) {
  const speeds = useQuery({ ...leaderboardQuery(speed, period, region), enabled })
  const costs = useQuery({ ...leaderboardQuery('cost', period, region), enabled })
  const series = useMemo(() => seriesOf(speeds.data?.rows ?? []), [speeds.data])
  return { speeds, costs, series }
}

/** The chosen targets side by side, with every metric, ranked or not: by their models, each read once. */
export function useSides(
  chosen: ReturnType<typeof useTargets>['chosen'],
  { period, region, series }: { period: Period; region: string | null; series: string | undefined },
) {
  const models = [...new Set(chosen.map(({ model }) => model))]
  const reads = useQueries({ queries: models.map((model) => modelQuery(model, period, region)) })
  const rows = reads.flatMap(({ data }) => data?.rows ?? [])
  return {
    sides: sidesOf(chosen, rows, series),
    isReading: reads.some(({ isPending }) => isPending),
    failed: reads.find(({ error }) => error !== null) ?? null,
  }
}
