import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { nowQuery, providersQuery } from '../../api/queries.ts'
import { gapsQuery, runsQuery } from '../../api/run-queries.ts'
import type { HistorySearch } from './search.ts'
import { entriesOf, fits, mayHaveGaps, queryOf } from './view.ts'

/** What the list can be filtered by. */
export function useChoices() {
  const { data: present } = useQuery(nowQuery)
  const { data: providers } = useQuery(providersQuery)
  const models = useMemo(() => new Set(present?.rows.map(({ model }) => model).toSorted()), [present])
  return { providers: providers?.rows ?? [], models }
}

/** The runs that a search finds, page by page. */
export function useRuns(search: HistorySearch, models: ReadonlySet<string>) {
  const query = useMemo(() => queryOf(search, models), [search, models])
  return useInfiniteQuery(runsQuery(query))
}

/** Runs with the gaps between them, and how many were looked through for them. */
export function useEntries(
  read: ReturnType<typeof useRuns>,
  search: HistorySearch,
  models: ReadonlySet<string>,
) {
  const runs = useMemo(() => read.data?.pages.flatMap(({ rows }) => rows) ?? [], [read.data])
  const { since, until } = queryOf(search, models) as { since?: string; until?: string }
  // Gaps older than the oldest run that was read come with older runs.
  const oldest = read.hasNextPage && search.status !== 'gap' ? (runs.at(-1)?.started_at ?? null) : null
  const from = oldest ?? since ?? null
  const hasGaps = mayHaveGaps(search)
  const gaps = useQuery({ ...gapsQuery(from), enabled: hasGaps && read.data !== undefined })
  const isExact = search.q === undefined || models.has(search.q)
  const entries = useMemo(() => {
    const found = isExact ? runs : runs.filter((run) => fits(run, search.q))
    const missed = hasGaps ? (gaps.data?.rows ?? []) : []
    return entriesOf(found, missed, { since: from, until: until ?? null })
  }, [runs, gaps.data, hasGaps, isExact, search.q, from, until])
  return { runs, entries, isExact }
}
