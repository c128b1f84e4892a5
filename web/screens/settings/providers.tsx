import { useQuery } from '@tanstack/react-query'
import type { Answer } from '../../api/client.ts'
import { providersQuery } from '../../api/queries.ts'
import { plural, spoken } from '../../format/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { useNow } from '../../ui/clock.ts'
import { Metric } from '../../ui/metric.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Mark } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import styles from './settings.module.css'

type Provider = Answer<'GET /api/v1/providers'>['rows'][number]

/** Every provider, whether its key is set, and by which variable. Keys themselves are nowhere. */
export function Providers() {
  const read = useQuery(providersQuery)
  return (
    <Panel read={read} height={660}>
      {({ rows }) => {
        const [callable, others] = [rows.filter(isSet), rows.filter((row) => !isSet(row))]
        return (
          <div className={styles.providers}>
            <Table<Provider>
              caption="Providers and whether their keys are set"
              columns={columns}
              groups={[
                { name: 'May be called', note: String(callable.length), rows: callable },
                { name: 'Without a key', note: String(others.length), rows: others },
              ].filter((group) => group.rows.length > 0)}
              keyOf={({ id }) => id}
              isCards
            />
          </div>
        )
      }}
    </Panel>
  )
}

const isSet = ({ configured, problem }: Provider): boolean => configured || problem !== null

const columns: Column<Provider>[] = [
  {
    id: 'name',
    head: 'Provider',
    cell: ({ name, id, known }) => (
      <span className={styles.name}>
        <span>{name}</span>
        <small title={known?.base_url ?? undefined}>{known?.base_url ?? id}</small>
      </span>
    ),
  },
  { id: 'key', head: 'Key', width: 120, cell: (row) => <Key row={row} /> },
  {
    id: 'variables',
    head: 'Environment variable',
    cell: ({ key_names: names, problem }) => (
      <span className={styles.name}>
        <span title={names.join(', ')}>{names.length === 0 ? 'needs none' : <code>{names[0]}</code>}</span>
        {problem === null ? (
          names.length > 1 && <small title={names.join(', ')}>or {names.slice(1).join(', ')}</small>
        ) : (
          <small className={styles.problem}>{problem}</small>
        )}
      </span>
    ),
  },
  {
    id: 'models',
    head: 'Models',
    isNumber: true,
    width: 128,
    cell: ({ known, models }) => (
      <Metric
        parts={{ value: String(known?.n_available ?? models.length), unit: '' }}
        ground={known === null ? 'built in' : plural(known.n_active, 'target')}
      />
    ),
  },
  {
    id: 'call',
    head: 'Last call',
    width: 120,
    from: 900,
    cell: ({ known }) => (known?.last_call_at ? <Ago at={known.last_call_at} /> : 'never'),
  },
  { id: 'sync', head: 'Last sync', width: 136, from: 900, cell: (row) => <Sync row={row} /> },
]

function Key({ row: { configured, problem, known } }: { row: Provider }) {
  const now = useNow()
  const until = known?.penalty_until ?? null
  if (problem !== null) return <Mark like="failing" word="wrong" note={problem} />
  if (!configured) return <Mark like="unknown" word="not set" />
  if (until !== null && new Date(until) > now)
    return <Mark like="paused" word="set, waits" note={`It limits our rate: no call before ${until}`} />
  return <Mark like="up" word="set" note="It may be called" />
}

function Sync({ row: { known } }: { row: Provider }) {
  const sync = known?.last_sync ?? null
  if (sync === null) return 'never'
  return (
    <span className={styles.name}>
      <span title={sync.reason ?? undefined}>{spoken(sync.status)}</span>
      <small>
        <Ago at={sync.started_at} />
      </small>
    </span>
  )
}
