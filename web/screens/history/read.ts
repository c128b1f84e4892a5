import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { nowQuery, providersQuery } from '../../api/queries.ts'
import { gapsQuery, runsQuery } from '../../api/run-queries.ts'
import type { HistorySearch } from './search.ts'
import { entriesOf, mayHaveGaps, queryOf } from './view.ts'

/** What the list can be filtered by. */
export function useChoices() {
  const { data: present } = useQuery(nowQuery)
  const { data: providers } = useQuery(providersQuery)
  const models = useMemo(() => new Set(present?.rows.map(({ model }) => model).toSorted()), [present])
  return { providers: providers?.rows ?? [], models }
}

/** The runs that a search finds, page by page. */
export function useRuns(search: HistorySearch) {
  const query = useMemo(() => queryOf(search), [search])
  return useInfiniteQuery(runsQuery(query))
}

/** Runs with the gaps between them. */
export function useEntries(read: ReturnType<typeof useRuns>, search: HistorySearch) {
  const runs = useMemo(() => read.data?.pages.flatMap(({ rows }) => rows) ?? [], [read.data])
  const { since, until } = queryOf(search) as { since?: string; until?: string }
  // Gaps older than the oldest run that was read come with older runs.
  const oldest = read.hasNextPage && search.status !== 'gap' ? (runs.at(-1)?.started_at ?? null) : null
  const from = oldest ?? since ?? null
  const hasGaps = mayHaveGaps(search)
  const gaps = useQuery({ ...gapsQuery(from), enabled: hasGaps && read.data !== undefined })
  const entries = useMemo(() => {
    const missed = hasGaps ? (gaps.data?.rows ?? []) : []
    return entriesOf(runs, missed, { since: from, until: until ?? null })
  }, [runs, gaps.data, hasGaps, from, until])
  return { runs, entries }
}
