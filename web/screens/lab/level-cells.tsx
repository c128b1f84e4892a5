import type { SweptLevel } from '../../api/sweep-queries.ts'
import type { Group } from '../../ui/gradual.ts'
import styles from './lab.module.css'
import { groupName, loadName } from './view.ts'

/** The name of a level, and a word on it. */
export const NameCell = ({ level: { load, warmups }, note }: { level: SweptLevel; note: string }) => (
  <span className={styles.name} title={`${warmups} warm-ups before it are left out`}>
    <strong>{loadName(load)}</strong>
    <small>{note}</small>
  </span>
)

/** Rows by model and size of context, if there is more than one. */
export function groupsOf<Row>(rows: readonly Row[], levelOf: (row: Row) => SweptLevel): Group<Row>[] {
  const groups = Map.groupBy(rows, (row) => groupName(levelOf(row)))
  return [...groups].map(([name, of]) => ({ name: groups.size === 1 ? null : name, rows: of }))
}
