import { useQuery } from '@tanstack/react-query'
import type { Answer } from '../api/client.ts'
import { officialQuery } from '../api/queries.ts'
import { Ago } from './ago.tsx'
import styles from './official.module.css'

type Status = Answer<'GET /api/v1/official-statuses'>['rows'][number]

/** What each indicator is called, and the colour of its word. */
const words: Readonly<Record<Status['indicator'], { text: string; look: string }>> = {
  operational: { text: 'operational', look: 'calm' },
  under_maintenance: { text: 'under maintenance', look: 'calm' },
  unknown: { text: 'not known', look: 'calm' },
  degraded_performance: { text: 'degraded performance', look: 'failing' },
  partial_outage: { text: 'partial outage', look: 'down' },
  major_outage: { text: 'major outage', look: 'down' },
}

/** What the status page of a provider says, beside what was measured; nothing if it is not asked. */
export function Official({ provider }: { provider: string | null }) {
  const { data } = useQuery(officialQuery)
  const said = data?.rows.find((row) => row.provider === provider)
  if (said === undefined) return null
  const { name, page, indicator, summary, ok_at: at } = said
  const { text, look } = words[indicator]
  return (
    <span className={styles.official} title={summary ?? undefined}>
      {page === null ? (
        `${name} says`
      ) : (
        <a href={page} target="_blank" rel="noreferrer">
          {name} says
        </a>
      )}
      : <b className={styles[look]}>{text}</b>
      {at !== null && indicator !== 'unknown' && (
        <>
          , <Ago at={at} />
        </>
      )}
    </span>
  )
}
