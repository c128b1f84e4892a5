import { Link } from '@tanstack/react-router'
import about from 'virtual:about'
import { type Column, Table } from '../../ui/table.tsx'
import { Facts } from './facts.tsx'
import styles from './settings.module.css'

type Definition = (typeof about.definitions)[number]

/** What this program is, where its API is, and what each metric means. */
export function About() {
  return (
    <>
      <Facts
        facts={[
          { term: 'Version', value: about.version },
          { term: 'Formulas', value: about.formulaVersion, note: 'stored in every result' },
          { term: 'API', value: <a href="/docs">Reference, to try</a> },
          { term: 'Description', value: <a href="/api/v1/openapi.json">OpenAPI 3.1</a> },
          { term: 'Monitoring', value: <a href="/metrics">Metrics for Prometheus</a> },
          {
            term: 'Health',
            value: (
              <Link to="/settings" search={{ part: 'checks' }}>
                Checks of this installation
              </Link>
            ),
          },
        ]}
      />
      <Table<Definition>
        caption="Metrics and their formulas"
        columns={columns}
        groups={[{ name: null, rows: about.definitions }]}
        keyOf={({ column }) => column}
        isCards
      />
    </>
  )
}

const columns: Column<Definition>[] = [
  {
    id: 'name',
    head: 'Metric',
    width: 168,
    cell: ({ column, unit }) => (
      <span className={styles.name}>
        <code>{column}</code>
        <small>{unit}</small>
      </span>
    ),
  },
  {
    id: 'meaning',
    head: 'Meaning',
    cell: ({ meaning, nullWhen }) => (
      <span className={styles.text}>
        <span>{meaning}</span>
        {nullWhen !== null && <small>Unknown if {nullWhen}.</small>}
      </span>
    ),
  },
  {
    id: 'formula',
    head: 'Formula',
    from: 900,
    cell: ({ formula }) => <code className={styles.text}>{formula}</code>,
  },
]
