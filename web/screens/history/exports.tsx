import { urlOf } from '../../api/client.ts'
import styles from './history.module.css'
import type { HistorySearch } from './search.ts'
import { queryOf } from './view.ts'

/** The results of what is listed, as files; a status, a trigger or words are of runs, and do not narrow them. */
export function Exports({ search, models }: { search: HistorySearch; models: ReadonlySet<string> }) {
  const { status: _, trigger: __, q = null, ...query } = queryOf(search)
  // Of a text, results have the name of their model alone.
  const model = models.has(String(q)) ? q : undefined
  const isNarrower =
    search.status !== undefined || search.trigger !== undefined || (q !== null && model === undefined)
  const title = isNarrower
    ? 'All results of this provider, model, mode and time: status, trigger and words are of runs, not of results'
    : 'All results of this provider, model, mode and time'
  return (
    <span className={styles.exports}>
      Export results{' '}
      {(['csv', 'json'] as const).map((format) => (
        <a
          key={format}
          href={urlOf('/api/v1/export', { query: { ...query, model, format } })}
          title={title}
          download
        >
          {format.toUpperCase()}
        </a>
      ))}
    </span>
  )
}
