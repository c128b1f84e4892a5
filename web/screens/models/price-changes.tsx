import type { Answer } from '../../api/client.ts'
import { price } from '../../format/numbers.ts'
import { Ago } from '../../ui/ago.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { ModelName } from './model-name.tsx'
import styles from './models.module.css'
import { moved } from './moved.ts'

type Change = Answer<'GET /api/v1/prices/changes'>['rows'][number]

/** Prices that replaced another in 90 days, latest first. */
export function PriceChanges({ rows }: { rows: readonly Change[] }) {
  if (rows.length === 0) return <p className={styles.none}>No price has changed in 90 days.</p>
  return (
    <div className={styles.pairs}>
      <Table<Change>
        caption="Price changes of 90 days, in USD per million tokens"
        columns={columns}
        groups={[{ name: null, rows }]}
        keyOf={({ provider, model, since }) => `${provider}/${model} ${since}`}
        isCards
      />
    </div>
  )
}

const columns: Column<Change>[] = [
  {
    id: 'name',
    head: 'Model',
    cell: ({ provider, model }) => <ModelName provider={provider ?? ''} model={model} />,
  },
  {
    id: 'input',
    head: 'Input, per M',
    width: 224,
    isNumber: true,
    cell: ({ input_before: before, input_now: now }) => <Moved before={before} now={now} />,
  },
  {
    id: 'output',
    head: 'Output, per M',
    width: 224,
    isNumber: true,
    cell: ({ output_before: before, output_now: now }) => <Moved before={before} now={now} />,
  },
  {
    id: 'source',
    head: 'Source',
    width: 144,
    from: 900,
    cell: ({ source }) => (source === 'manual' ? 'your own' : source),
  },
  { id: 'since', head: 'In force', width: 128, cell: ({ since }) => <Ago at={since} /> },
]

/** Both prices with the share of the change, or one if it is the same. */
function Moved({ before, now }: { before: number; now: number }) {
  if (before === now) return <span className={styles.same}>{price(now)}</span>
  return (
    <span className={styles.moved}>
      <span>
        {price(before)} → <strong>{price(now)}</strong>
      </span>
      <span>{moved(before, now)}</span>
    </span>
  )
}
