import { memo, type ReactNode } from 'react'
import { firstOf, type Group, useGradual } from './gradual.ts'
import { Icon } from './icon.tsx'
import type { Sorting } from './sorting.ts'
import styles from './table.module.css'

/** A column of a table. */
export interface Column<Row> {
  id: string
  head: string
  /** What the column means, for a title. */
  meaning?: string | undefined
  isNumber?: boolean
  /** Whether its head sorts. */
  sorts?: boolean
  /** How wide it is, in px, a third more on the widest pages; without it takes what is left. */
  width?: number
  /** The narrowest page, in px, that still shows it: 640, 900 or 1200; `Card900` is 900 too, but cards have room for it. */
  from?: 640 | 900 | 1200 | 'Card900'
  cell: (row: Row) => ReactNode
}

/** Rows in groups under sticky heads; the first column names the row. Below 640 px a row is a card of two lines. */
export function Table<Row>({
  caption,
  columns,
  groups,
  keyOf,
  sorting,
  onSort,
  isCards = false,
  isCompact = false,
}: {
  caption: string
  columns: readonly Column<Row>[]
  groups: readonly Group<Row>[]
  keyOf: (row: Row) => string
  sorting?: Sorting
  onSort?: (by: string) => void
  /** Whether a row of a narrow page is a card with a label before each value, instead of what the screen makes of it. */
  isCards?: boolean
  /** Whether rows are low, and stay rows with their heads on a narrow page: figures beneath a chart. */
  isCompact?: boolean
}) {
  const total = groups.reduce((n, { rows }) => n + rows.length, 0)
  const drawn = useGradual(total)
  return (
    <table className={`${styles.table} ${isCards ? styles.cards : ''} ${isCompact ? styles.compact : ''}`}>
      <caption className="hidden">{caption}</caption>
      <colgroup>
        {columns.map(({ id, width, from }) => (
          <col
            key={id}
            className={classOf(from)}
            style={width === undefined ? {} : { width: `calc(${width}px * var(--widen))` }}
          />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map((column) => (
            <Head key={column.id} column={column} sorting={sorting} onSort={onSort} />
          ))}
        </tr>
      </thead>
      {firstOf(groups, drawn).map(({ name, note, rows }) => (
        <tbody key={name ?? ''}>
          {name !== null && (
            <tr className={styles.group}>
              <th scope="rowgroup">
                {name} {note !== undefined && <span>{note}</span>}
              </th>
              {/* A name that spans all columns would bring those back that a narrow page hides. */}
              {columns.slice(1).map(({ id, from }) => (
                <td key={id} className={classOf(from)} aria-hidden="true" />
              ))}
            </tr>
          )}
          {rows.map((row) => (
            <Line key={keyOf(row)} columns={columns} row={row} />
          ))}
        </tbody>
      ))}
      {drawn < total && (
        <tbody aria-hidden="true" style={{ height: `calc(${total - drawn} * var(--row))` }} />
      )}
    </table>
  )
}

/** A row, which is made anew only if it changes. */
const Line = memo(function Line<Row>({ columns, row }: { columns: readonly Column<Row>[]; row: Row }) {
  return (
    <tr className={styles.row}>
      {columns.map((column, index) => (
        <Cell key={column.id} column={column} row={row} isName={index === 0} />
      ))}
    </tr>
  )
}) as <Row>(given: { columns: readonly Column<Row>[]; row: Row }) => ReactNode

const classOf = (from: Column<unknown>['from']): string =>
  from === undefined ? '' : (styles[`from${from}`] ?? '')

function Cell<Row>({ column, row, isName }: { column: Column<Row>; row: Row; isName: boolean }) {
  const { id, head, isNumber = false, from, cell } = column
  const className = `${isNumber ? styles.number : ''} ${classOf(from)}`
  return isName ? (
    <th scope="row" className={className} data-column={id}>
      {cell(row)}
    </th>
  ) : (
    <td className={className} data-column={id} data-head={head}>
      {cell(row)}
    </td>
  )
}

function Head<Row>({
  column: { id, head, meaning, isNumber = false, sorts = false, from },
  sorting,
  onSort,
}: {
  column: Column<Row>
  sorting: Sorting | undefined
  onSort: ((by: string) => void) | undefined
}) {
  const isSorted = sorting?.by === id
  const direction = sorting?.isDescending === true ? 'descending' : 'ascending'
  const sorted = isSorted ? ({ 'aria-sort': direction } as const) : {}
  return (
    <th
      scope="col"
      className={`${isNumber ? styles.number : ''} ${classOf(from)}`}
      title={meaning}
      {...sorted}
    >
      {sorts ? (
        <button type="button" className={styles.sort} onClick={() => onSort?.(id)}>
          {head}
          {isSorted && <Icon name={direction} />}
        </button>
      ) : (
        head
      )}
    </th>
  )
}
