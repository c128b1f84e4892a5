import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { LabSearch } from './search.ts'

const route = getRouteApi('/lab')

/** What the URL says. */
export const useLabSearch = (): LabSearch => route.useSearch()

type Change = { [Name in keyof LabSearch]?: LabSearch[Name] | undefined }

/** Changes what the URL says; what is undefined leaves it. Another sweep is a step of the history, a choice is none. */
export function useChange() {
  const navigate = useNavigate({ from: '/lab' })
  return (change: Change | ((before: LabSearch) => Change)) => {
    const isStep = typeof change !== 'function' && ('run' in change || 'compare' in change)
    void navigate({
      search: (before) =>
        Object.fromEntries(
          Object.entries({
            ...before,
            ...(typeof change === 'function' ? change(before) : change),
          }).filter(([, value]) => value !== undefined && value !== ''),
        ) as LabSearch,
      replace: !isStep,
      resetScroll: isStep,
    })
  }
}
