import { Link } from '@tanstack/react-router'
import { type Column, Table } from '../ui/table.tsx'
import { type Mark, timeText } from './marks.ts'

const names: Readonly<Record<Mark['kind'], string>> = {
  outage: 'Down',
  gap: 'Gap',
  price: 'Price',
  incident: 'Incident',
}

const columns: readonly Column<Mark>[] = [
  { id: 'kind', head: 'What', width: 64, cell: ({ kind }) => names[kind] },
  { id: 'when', head: 'When', width: 190, cell: ({ from, to }) => timeText(from, to) },
  { id: 'text', head: 'Said', cell: (mark) => <Said mark={mark} /> },
]

const Said = ({ mark: { text, incident } }: { mark: Mark }) =>
  incident === undefined ? (
    text
  ) : (
    <Link to="/incidents/$id" params={{ id: incident }}>
      {text}
    </Link>
  )

/** The marks of a chart as rows, latest first. */
export function MarkTable({ marks, of }: { marks: readonly Mark[]; of: string }) {
  if (marks.length === 0) return null
  return (
    <Table<Mark>
      caption={`Marks of ${of}, latest first`}
      columns={columns}
      groups={[{ name: null, rows: marks.toReversed() }]}
      keyOf={({ kind, from, text }) => `${kind} ${from} ${text}`}
      isCompact
    />
  )
}
