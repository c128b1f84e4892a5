import { useSession } from '../../api/session.ts'
import { unknown } from '../../format/numbers.ts'
import { day, span } from '../../format/time.ts'
import { plural } from '../../format/words.ts'
import { Button } from '../../ui/button.tsx'
import { useNow } from '../../ui/clock.ts'
import { Mark } from '../../ui/state.tsx'
import { whyOwned } from '../../ui/owned.ts'
import { type Column, Table } from '../../ui/table.tsx'
import { useReplace, useSwitch } from './changing.ts'
import { ModelName } from './model-name.tsx'
import styles from './models.module.css'
import { type Departure, keyOf, ownerOf } from './view.ts'

/** Models that leave: when, whether they are benchmarked, and what a sync suggests instead. */
export function Leaving({ departures }: { departures: readonly Departure[] }) {
  if (departures.length === 0)
    return (
      <p className={styles.none}>No model is on its way out, as far as the listings of the providers say.</p>
    )
  return (
    <>
      <p className={styles.note}>
        What has left, or will within 14 days, gets a successor at the next sync if it is benchmarked. It is
        switched by you, or by each scheduled sync if <code>SYNC_HEAL</code> is set.
      </p>
      <Table<Departure>
        caption="Models that leave"
        columns={columns}
        groups={[{ name: null, rows: departures }]}
        keyOf={keyOf}
        isCards
      />
    </>
  )
}

const columns: Column<Departure>[] = [
  { id: 'name', head: 'Model', cell: (row) => <ModelName {...row} /> },
  {
    id: 'status',
    head: 'Benchmarked',
    width: 152,
    cell: ({ targets }) =>
      targets.length === 0 ? (
        <Mark like="unknown" word="no" />
      ) : (
        <Mark like="failing" word={plural(targets.length, 'target')} note="Every run still calls it" />
      ),
  },
  {
    id: 'deprecated',
    head: 'No new use from',
    width: 144,
    from: 900,
    cell: (row) => <Day at={row.deprecatedOn} />,
  },
  { id: 'shutdown', head: 'Gone from', width: 168, cell: (row) => <Gone row={row} /> },
  { id: 'successor', head: 'Successor', cell: ({ successor }) => successor ?? <NoSuccessor /> },
  { id: 'do', head: 'Change', isNumber: true, width: 112, cell: (row) => <Act row={row} /> },
]

const NoSuccessor = () => (
  <span title="A sync suggests one for what is benchmarked, if the provider has another candidate">
    {unknown}
  </span>
)

function Day({ at }: { at: string | null }) {
  const now = useNow()
  return at === null ? unknown : day(at, now, 'UTC')
}

function Gone({ row: { hasLeft, shutdownOn } }: { row: Departure }) {
  const now = useNow()
  if (hasLeft) return <Mark like="down" word="listed no more" />
  if (shutdownOn === null) return unknown
  const left = Date.parse(shutdownOn) - now.getTime()
  return (
    <span className={styles.name}>
      <span>{day(shutdownOn, now, 'UTC')}</span>
      <span className={styles.about}>{left > 0 ? `in ${span(left)}` : 'past'}</span>
    </span>
  )
}

function Act({ row }: { row: Departure }) {
  const { isAdmin } = useSession()
  const replace = useReplace()
  const change = useSwitch()
  const { provider, model, targets, successor } = row
  if (targets.length === 0) return null
  const isBusy = replace.isPending || change.isPending
  const idle = whyOwned(ownerOf(targets)) ?? (isBusy ? 'It is being changed' : null)
  const why = isAdmin ? idle : 'Sign in to change what is benchmarked'
  return successor === null ? (
    <Button kind="quiet" why={why} onClick={() => change.mutate({ provider, model, active: false })}>
      Deactivate
    </Button>
  ) : (
    <Button
      kind="quiet"
      why={why}
      aria-label={`Replace ${model} by ${successor}`}
      title={`Call ${successor} from now on, with the same parameters, and ${model} no more`}
      onClick={() => replace.mutate(row)}
    >
      Replace
    </Button>
  )
}
