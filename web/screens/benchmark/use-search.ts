import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { BenchmarkSearch } from './search.ts'

const route = getRouteApi('/benchmark')

/** What the URL says. */
export const useBenchmarkSearch = (): BenchmarkSearch => route.useSearch()

type Change = { [Name in keyof BenchmarkSearch]: BenchmarkSearch[Name] | undefined }

/** Changes what the URL says; what is undefined leaves it. Another run is a step of the history, a parameter is none. */
export function useChange() {
  const navigate = useNavigate({ from: '/benchmark' })
  return (change: Change | ((before: BenchmarkSearch) => Change)) =>
    void navigate({
      search: (before) =>
        Object.fromEntries(
          Object.entries({
            ...before,
            ...(typeof change === 'function' ? change(before) : change),
          }).filter(([, value]) => value !== undefined && value !== ''),
        ) as BenchmarkSearch,
      replace: typeof change === 'function' || !('run' in change),
      resetScroll: typeof change !== 'function' && 'run' in change,
    })
}
