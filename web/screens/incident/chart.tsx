import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { Incident } from '../../api/incident-queries.ts'
import { nowQuery } from '../../api/queries.ts'
import { gapsQuery, type Stretch } from '../../api/target-queries.ts'
import { widthFor } from '../../over-time/series.ts'
import { IncidentKey } from '../../over-time/mark-key.tsx'
import { OverTime } from '../../over-time/over-time.tsx'
import { useNow } from '../../ui/clock.ts'
import { isSevere } from '../../ui/incident-words.ts'
import { useChangeSearch } from '../../ui/search.ts'
import styles from './incident.module.css'
import type { IncidentSearch } from './search.ts'
import { metricOf, referencesOf, stretchOf } from './stretch.ts'

/** One target in one region: a week of results can be told apart. */
const rawMs = 7 * 86_400_000

const route = getRouteApi('/incidents/$id')

/** What an incident of a target was judged by, before, during and after it. */
export function EvidenceChart({ incident }: { incident: Incident }) {
  const stretch = stretchOf(incident, useNow())
  const { data: present } = useQuery(nowQuery)
  if (stretch === null) return null
  const isThere = present?.rows.some(({ target_id: id }) => id === stretch.id) ?? true
  return isThere ? (
    <Drawn incident={incident} stretch={stretch} />
  ) : (
    <p className={styles.quiet}>Its target was deleted: what was measured is not shown any more.</p>
  )
}

function Drawn({ incident, stretch }: { incident: Incident; stretch: Stretch }) {
  const { view } = route.useSearch()
  const navigate = route.useNavigate()
  const change = useChangeSearch<IncidentSearch>()
  const gaps = useQuery(gapsQuery(stretch)).data
  const happened = useMemo(
    () => ({ outages: [], prices: [], gaps: gaps?.rows ?? [], incidents: [incident] }),
    [gaps, incident],
  )
  const references = useMemo(() => referencesOf(incident), [incident])
  return (
    <>
      <OverTime
        stretch={stretch}
        metric={metricOf(incident)}
        width={widthFor(stretch.lengthMs)}
        happened={happened}
        references={references}
        height={280}
        rawMs={rawMs}
        view={view}
        onView={(next) => change({ view: next })}
        onSpan={({ from, to }) =>
          void navigate({
            to: '/targets/$id',
            params: { id: stretch.id },
            search: { from: new Date(from).toISOString(), to: new Date(to).toISOString() },
          })
        }
        onResult={(id) => void navigate({ to: '/results/$id', params: { id }, search: {} })}
        onIncident={() => undefined}
      />
      <IncidentKey isSevere={isSevere(incident.severity)} />
    </>
  )
}
