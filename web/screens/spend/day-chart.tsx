import { usd } from '../../format/numbers.ts'
import { day } from '../../format/time.ts'
import { Button } from '../../ui/button.tsx'
import { useNow } from '../../ui/clock.ts'
import { Table, type Column } from '../../ui/table.tsx'
import { Bars } from './bars.tsx'
import type { ByKind } from './kinds.ts'
import styles from './spend.module.css'
import type { SpentDay } from './view.ts'

/** Spending by day and provider, as bars or as a table. */
export function DayChart({ payees, days, kinds, isTable, onTable }: Shown) {
  return (
    <figure className={styles.chart} aria-label="Spending by day">
      <figcaption>
        <h2>{kinds.real === null ? 'Synthetic, by day' : 'By day'}</h2>
        {!isTable && (
          <ul className={styles.legend}>
            {payees.map((name, index) => (
              <li key={name}>
                <i className={styles[`series${index + 1}`]} /> {name}
              </li>
            ))}
          </ul>
        )}
        <Button kind="quiet" onClick={() => onTable(!isTable)}>
          {isTable ? 'Show as a chart' : 'Show as a table'}
        </Button>
      </figcaption>
      {isTable ? <Days payees={payees} days={days} kinds={kinds} /> : <Bars payees={payees} days={days} />}
    </figure>
  )
}

interface Shown {
  payees: readonly string[]
  days: readonly SpentDay[]
  /** Of all days. */
  kinds: ByKind
  isTable: boolean
  onTable: (isTable: boolean) => void
}

function Days({ payees, days, kinds }: Pick<Shown, 'payees' | 'days' | 'kinds'>) {
  const now = useNow()
  const columns: Column<SpentDay>[] = [
    { id: 'day', head: 'Day (UTC)', width: 120, cell: ({ day: at }) => day(at, now, 'UTC') },
    { id: 'calls', head: 'Calls', isNumber: true, cell: ({ n_calls: n }) => n },
    ...payees.map((name, index): Column<SpentDay> => ({
      id: name,
      head: name,
      isNumber: true,
      cell: ({ usd: of }) => usd(of[index]),
    })),
    ...(['real', 'synthetic'] as const)
      .filter((kind) => kinds[kind] !== null)
      .map((kind): Column<SpentDay> => ({
        id: `total-${kind}`,
        head: kind === 'real' ? 'Total' : 'Synthetic total',
        isNumber: true,
        cell: ({ kinds: of }) => usd(of[kind]?.usd ?? 0),
      })),
  ]
  const rows = days.filter(({ n_calls: n }) => n > 0).toReversed()
  return (
    <Table<SpentDay>
      caption="Spending by day and provider, in USD"
      columns={columns}
      groups={[{ name: null, rows }]}
      keyOf={({ day: at }) => at}
      isCards
    />
  )
}
