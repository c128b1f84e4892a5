import { urlOf } from '../../api/client.ts'
import styles from './history.module.css'
import type { HistorySearch } from './search.ts'
import { queryOf } from './view.ts'

/** The results of what is listed, as files; a status or a trigger is of runs, and does not narrow them. */
export function Exports({ search, models }: { search: HistorySearch; models: ReadonlySet<string> }) {
  const { status: _, trigger: __, ...query } = queryOf(search, models)
  const isNarrower = search.status !== undefined || search.trigger !== undefined
  const title = isNarrower
    ? 'All results of this provider, model, mode and time: status and trigger are of runs, not of results'
    : 'All results of this provider, model, mode and time'
  return (
    <span className={styles.exports}>
      Export results{' '}
      {(['csv', 'json'] as const).map((format) => (
        <a
          key={format}
          href={urlOf('/api/v1/export', { query: { ...query, format } })}
          title={title}
          download
        >
          {format.toUpperCase()}
        </a>
      ))}
    </span>
  )
}
