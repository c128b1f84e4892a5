import { count, duration } from '../../format/numbers.ts'
import { type Column, Table } from '../../ui/table.tsx'
import styles from './result.module.css'
import type { Timeline } from './stream.ts'

interface Row {
  index: number
  at: number
  gap: number
  kind: string
  characters: number
}

/** The most rows that are drawn. */
const most = 500

/** A timeline as rows: each event of the stream. */
export function EventTable({ timeline: { events } }: { timeline: Timeline }) {
  const rows = events.map(({ at_ms: at, kind, text, reasoning, other }, index): Row => {
    const gap = at - (events[index - 1]?.at_ms ?? 0)
    return { index, at, gap, kind, characters: text + reasoning + other }
  })
  return (
    <>
      <Table<Row>
        caption="Events of the stream"
        columns={columns}
        groups={[{ name: null, rows: rows.slice(0, most) }]}
        keyOf={({ index }) => String(index)}
      />
      {rows.length > most && (
        <p className={styles.basis}>
          The first {most} of {count(rows.length)}.
        </p>
      )}
    </>
  )
}

const figure = (id: string, head: string, cell: (row: Row) => string): Column<Row> => ({
  id,
  head,
  isNumber: true,
  width: 96,
  cell,
})

const columns: Column<Row>[] = [
  { id: 'index', head: 'Event', cell: ({ index }) => index + 1 },
  { id: 'kind', head: 'Kind', width: 120, cell: ({ kind }) => kind },
  figure('at', 'At', ({ at }) => duration(at)),
  figure('gap', 'After', ({ gap }) => duration(gap)),
  figure('characters', 'Characters', ({ characters }) => count(characters)),
]
