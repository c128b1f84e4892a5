import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { modelsQuery, priceChangesQuery, syncsQuery } from '../../api/queries.ts'
import { conflictsOf } from '../../api/sync-details.ts'
import { useNow } from '../../ui/clock.ts'
import { departuresOf } from './view.ts'

const dayMs = 86_400_000

/** What the parts show, and how much that is. */
export function useReads() {
  const now = useNow()
  const since = new Date(now.getTime() - 90 * dayMs).toISOString().slice(0, 10)
  const models = useQuery(modelsQuery)
  const syncs = useQuery(syncsQuery)
  const prices = useQuery(priceChangesQuery(since))
  const departures = useMemo(
    () => departuresOf(models.data ?? [], syncs.data?.rows ?? []),
    [models.data, syncs.data],
  )
  const conflicts = useMemo(() => conflictsOf(syncs.data?.rows ?? []), [syncs.data])
  const tabs = [
    { id: undefined, label: 'Catalog', n: models.data?.length },
    { id: 'leaving', label: 'Leaving', n: models.data && departures.length },
    { id: 'prices', label: 'Price changes', n: prices.data?.rows.length },
    { id: 'conflicts', label: 'Conflicting prices', n: syncs.data && conflicts.length },
    { id: 'syncs', label: 'Syncs', n: syncs.data?.rows.length },
  ]
  return { models, syncs, prices, departures, conflicts, tabs }
}
