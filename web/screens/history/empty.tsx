import { Link } from '@tanstack/react-router'
import { Button } from '../../ui/button.tsx'
import { cleared, useHistorySearch } from './filters.tsx'
import styles from './history.module.css'
import { type HistorySearch, isFiltered } from './search.ts'

/** Nothing to list: because of the filter, or because nothing was run. */
export function Empty({ search }: { search: HistorySearch }) {
  const change = useHistorySearch()
  return (
    <div className={styles.none} role="status">
      {isFiltered(search) ? (
        <>
          No run fits this filter. <Button onClick={() => change(cleared)}>Show all runs</Button>
        </>
      ) : (
        <>
          Every run is listed here, with its calls, and each slot of the schedule that passed without one.{' '}
          <Link to="/">Make the first run</Link>
        </>
      )}
    </div>
  )
}
