import { useSession } from '../../api/session.ts'
import { clock, utc } from '../../format/time.ts'
import { plural } from '../../format/words.ts'
import { Button } from '../../ui/button.tsx'
import { Metric } from '../../ui/metric.tsx'
import { useChangeSearch } from '../../ui/search.ts'
import { type Column, Table } from '../../ui/table.tsx'
import { Amount, Waiting } from './fleet-cells.tsx'
import { type Lanes, loadOf } from './fleet-view.ts'
import type { SettingsSearch } from './search.ts'
import styles from './settings.module.css'

/** How many calls of each provider may be in flight, and how many are. */
export const FleetLanes = ({ lanes }: { lanes: readonly Lanes[] }) => (
  <section>
    <h2>Lanes</h2>
    <p className={styles.note}>
      A lane is the right to have one call of a provider in flight. Each region has lanes of its own.
    </p>
    <Table<Lanes>
      caption="Lanes of each provider, and what waits for them"
      columns={columns}
      groups={[{ name: null, rows: lanes }]}
      keyOf={({ provider }) => provider}
      isCards
    />
  </section>
)

/** As many fit beneath a number. */
const mostRegions = 3

const columns: Column<Lanes>[] = [
  {
    id: 'provider',
    head: 'Provider',
    cell: (row) => (
      <span className={styles.name}>
        <span>{row.name}</span>
        <Held row={row} />
      </span>
    ),
  },
  {
    id: 'use',
    head: 'In use',
    meaning: 'Over all regions',
    isNumber: true,
    width: 152,
    cell: (row) => {
      const { inUse, of } = loadOf(row)
      const where = row.regions.map(({ region, in_use: n }) => `${region} ${n}`).join(', ')
      const ground = row.regions.length > mostRegions ? plural(row.regions.length, 'region') : where
      return <Metric parts={{ value: `${inUse} of ${of}`, unit: '' }} ground={ground} why={where} />
    },
  },
  {
    id: 'due',
    head: 'Waiting',
    meaning: 'Shards that may begin, over all regions',
    isNumber: true,
    width: 112,
    cell: (row) => {
      const { due, oldestS } = loadOf(row)
      return <Waiting n={due} oldestS={oldestS} />
    },
  },
  {
    id: 'lanes',
    head: 'In each region',
    meaning: 'How many calls may be in flight',
    isNumber: true,
    width: 128,
    cell: ({ lanes, is_usual: isUsual }) => <Amount n={lanes} ground={isUsual ? 'as usual' : 'set here'} />,
  },
  { id: 'do', head: 'Change', isNumber: true, width: 96, cell: (row) => <Change of={row} /> },
]

/** What keeps its shards from beginning: a pause that it asked for, or that all lanes are in use. */
function Held({ row }: { row: Lanes }) {
  const { paused_until: until } = row
  const { usedUp } = loadOf(row)
  if (until !== null)
    return (
      <small className={styles.usedUp}>
        asked us to pause until{' '}
        <time dateTime={until} title={utc(until)}>
          {clock(until)}
        </time>
      </small>
    )
  return usedUp.length > 0 && <small className={styles.usedUp}>all in use in {usedUp.join(', ')}</small>
}

function Change({ of: { provider, name } }: { of: Lanes }) {
  const { isAdmin } = useSession()
  const change = useChangeSearch<SettingsSearch>()
  return (
    <Button
      kind="quiet"
      aria-label={`Change the lanes of ${name}`}
      why={isAdmin ? null : 'Sign in to change lanes'}
      onClick={() => change({ lanes: provider })}
    >
      Change
    </Button>
  )
}
