import { Link } from '@tanstack/react-router'
import { Table } from '../../ui/table.tsx'
import { columnsOf } from './call-columns.tsx'
import styles from './run.module.css'
import type { Call } from './view.ts'

/** The calls of a run, page by page. */
export function Calls({
  calls,
  next,
  after,
  hasTexts,
}: {
  calls: readonly Call[]
  next: number | null
  after: number
  hasTexts: boolean
}) {
  return (
    <>
      <Table<Call>
        caption="The calls of the run"
        columns={columnsOf(hasTexts)}
        groups={[{ name: null, rows: calls }]}
        keyOf={({ probe_id: probe, result_id: result, ordinal }) => probe ?? result ?? String(ordinal)}
        isCards
      />
      {(after > 0 || next !== null) && (
        <nav className={styles.pages} aria-label="Pages of calls">
          {after > 0 && (
            <Link from="/history/$id" to="." search={({ after: _after, ...rest }) => rest}>
              First page
            </Link>
          )}
          {next !== null && (
            <Link from="/history/$id" to="." search={(before) => ({ ...before, after: next })}>
              Next page
            </Link>
          )}
        </nav>
      )}
    </>
  )
}
