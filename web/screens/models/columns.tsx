import { count, price, unknown } from '../../format/numbers.ts'
import { day } from '../../format/time.ts'
import { Ago } from '../../ui/ago.tsx'
import { useNow } from '../../ui/clock.ts'
import { Metric } from '../../ui/metric.tsx'
import { Mark } from '../../ui/state.tsx'
import type { Column } from '../../ui/table.tsx'
import { ModelName } from './model-name.tsx'
import styles from './models.module.css'
import { SwitchModel } from './switch-model.tsx'
import { type ModelRow, specialsOf, type Status, statusOf } from './view.ts'

/** How a status looks, and what it means. */
const looks: Readonly<Record<Status, readonly ['up' | 'paused' | 'unknown' | 'down' | 'stale', string]>> = {
  benchmarked: ['up', 'Scheduled runs call it'],
  paused: ['paused', 'It was a target, and is called no more'],
  listed: ['unknown', 'Its provider lists it; it is not benchmarked'],
  unknown: ['stale', 'Its provider was never asked for its models'],
  left: ['down', 'Its provider lists it no more'],
}

/** The columns of the catalog. */
export const columns: Column<ModelRow>[] = [
  { id: 'name', head: 'Model', sorts: true, cell: (row) => <Name row={row} /> },
  { id: 'status', head: 'Status', sorts: true, width: 152, cell: (row) => <StatusOf row={row} /> },
  {
    id: 'context',
    head: 'Context',
    meaning: 'The most tokens of a prompt and its answer, and of an answer alone',
    isNumber: true,
    sorts: true,
    width: 120,
    from: 900,
    cell: ({ context_window: tokens, output_limit: most }) => (
      <Metric
        parts={{ value: tokens === null ? unknown : count(tokens), unit: '' }}
        ground={most === null ? undefined : `out ${count(most)}`}
        why={tokens === null ? 'The provider does not say' : `${count(tokens)} tokens`}
      />
    ),
  },
  rate({ id: 'input', head: 'Input, per M', value: (of) => of.input_per_m, ground: cachedOf }),
  rate({ id: 'output', head: 'Output, per M', value: (of) => of.output_per_m }),
  { id: 'source', head: 'Price from', width: 144, from: 900, cell: (row) => <Source row={row} /> },
  {
    id: 'seen',
    head: 'Last listed',
    meaning: 'When the listing of its provider last had it',
    sorts: true,
    width: 124,
    from: 1200,
    cell: ({ last_seen_at: at }) =>
      at === null ? (
        unknown
      ) : (
        <span className={styles.seen}>
          <Ago at={at} />
        </span>
      ),
  },
  { id: 'do', head: 'Change', isNumber: true, width: 112, cell: (row) => <SwitchModel row={row} /> },
]

type Price = NonNullable<ModelRow['price']>

function cachedOf({ cached_per_m: of }: Price): string | undefined {
  return of === null ? undefined : `cached ${price(of)}`
}

function rate({ value, ground, ...about }: Rate): Column<ModelRow> {
  const cell = ({ price: of }: ModelRow) => (
    <Metric
      parts={{ value: price(of && value(of)), unit: '' }}
      ground={of === null ? undefined : ground?.(of)}
      why={of === null ? 'No source knows its price' : 'USD per million tokens'}
    />
  )
  return { ...about, meaning: 'USD per million tokens', isNumber: true, sorts: true, width: 112, cell }
}

interface Rate extends Pick<Column<ModelRow>, 'id' | 'head'> {
  value: (of: Price) => number
  ground?: (of: Price) => string | undefined
}

function Name({ row }: { row: ModelRow }) {
  const special = row.targets.filter(({ active }) => active === true).flatMap(specialsOf)
  const type = row.type ?? 'chat'
  return <ModelName {...row} about={[...(type === 'chat' ? [] : [type]), ...special]} />
}

function StatusOf({ row }: { row: ModelRow }) {
  const now = useNow()
  const status = statusOf(row)
  const [like, note] = looks[status]
  const active = row.targets.filter((target) => target.active === true).length
  const last = row.shutdown_on
  return (
    <span className={styles.name}>
      <Mark like={like} word={status} note={note} />
      {status === 'benchmarked' && row.available === false ? (
        <span className={styles.warn}>listed no more</span>
      ) : last !== null ? (
        <span className={styles.warn}>until {day(last, now, 'UTC')}</span>
      ) : (
        active > 1 && <span className={styles.about}>{active} targets</span>
      )}
    </span>
  )
}

function Source({ row: { price: of } }: { row: ModelRow }) {
  const now = useNow()
  if (of === null) return unknown
  return (
    <span className={styles.name}>
      <span>{of.source === 'manual' ? 'your own' : of.source}</span>
      <span className={styles.about}>{of.as_of === null ? '' : `as of ${day(of.as_of, now)}`}</span>
    </span>
  )
}
