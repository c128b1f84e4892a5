import { useQuery } from '@tanstack/react-query'
import { providersQuery } from './queries.ts'

/** The names of providers as people know them. */
export function useNames(): (provider: string) => string {
  const { data } = useQuery(providersQuery)
  return (provider) => data?.rows.find(({ id }) => id === provider)?.name ?? provider
}
