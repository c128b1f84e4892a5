import { useNavigate } from '@tanstack/react-router'
import type { TargetSearch } from './search.ts'

/** What changes in the search of the URL; undefined leaves it. */
export type Change = { [Name in keyof TargetSearch]: TargetSearch[Name] | undefined }

/** Changes the search of the URL. */
export function useTargetSearch() {
  const navigate = useNavigate({ from: '/targets/$id' })
  return (change: Change) =>
    void navigate({
      search: (before) =>
        Object.fromEntries(
          Object.entries({ ...before, ...change }).filter(([, value]) => value !== undefined),
        ) as TargetSearch,
      resetScroll: false,
    })
}
