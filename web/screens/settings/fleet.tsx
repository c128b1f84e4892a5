import { useQuery } from '@tanstack/react-query'
import { fleetQuery } from '../../api/upkeep-queries.ts'
import { count } from '../../format/numbers.ts'
import { span } from '../../format/time.ts'
import { Panel } from '../../ui/panel.tsx'
import { useChangeSearch } from '../../ui/search.ts'
import { Facts } from './facts.tsx'
import { FleetLanes } from './fleet-lanes.tsx'
import { FleetQueue } from './fleet-queue.tsx'
import { FleetSkips } from './fleet-skips.tsx'
import { type Fleet as FleetRead, skipsOf, totalsOf } from './fleet-view.ts'
import { FleetWorkers } from './fleet-workers.tsx'
import type { SettingsSearch } from './search.ts'
import { SetLanes } from './set-lanes.tsx'
import styles from './settings.module.css'

/** Who makes the scheduled calls if there are many workers, what waits, and what holds it up. */
export function Fleet({ search }: { search: SettingsSearch }) {
  const read = useQuery(fleetQuery)
  return (
    <Panel
      read={read}
      height={560}
      isEmpty={({ regions, lanes }) => regions.length + lanes.length === 0}
      empty={<Nothing />}
    >
      {(fleet) => <Shown fleet={fleet} search={search} />}
    </Panel>
  )
}

const Nothing = () => (
  <p className={styles.nothing}>
    There is no fleet: <code>pnpm tsx scripts/worker.ts --region fra</code> starts a worker, on every machine
    that reaches this database.
  </p>
)

function Shown({ fleet, search }: { fleet: FleetRead; search: SettingsSearch }) {
  const change = useChangeSearch<SettingsSearch>()
  const { regions, lanes } = fleet
  const worked = regions.filter(({ workers }) => workers.length > 0)
  const skips = skipsOf(fleet)
  const edited = lanes.find(({ provider }) => provider === search.lanes)
  return (
    <div className={styles.fleet}>
      <Facts facts={factsOf(fleet)} />
      <FleetQueue regions={regions} />
      {worked.length > 0 && <FleetWorkers regions={worked} />}
      {lanes.length > 0 && <FleetLanes lanes={lanes} />}
      {skips.length > 0 && <FleetSkips skips={skips} />}
      {edited !== undefined && (
        <SetLanes key={edited.provider} of={edited} onClose={() => change({ lanes: undefined })} />
      )}
    </div>
  )
}

function factsOf(fleet: FleetRead) {
  const { atWork, silent, inHand, concurrency, due, oldestS, later, lost } = totalsOf(fleet)
  return [
    { term: 'Workers', value: `${atWork} live${silent === 0 ? '' : `, ${silent} silent`}` },
    { term: 'At work on', value: shards(inHand), note: `of ${count(concurrency)} at once` },
    {
      term: 'Due now',
      value: shards(due),
      note: oldestS === null ? 'nothing waits' : `the oldest since ${span(oldestS * 1000)}`,
    },
    { term: 'Later', value: shards(later), note: 'they may not begin yet' },
    { term: 'Lost in the last hour', value: count(lost), ...(lost > 0 && { note: 'and taken over' }) },
  ]
}

const shards = (n: number): string => `${count(n)} ${n === 1 ? 'shard' : 'shards'}`
