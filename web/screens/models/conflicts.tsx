import type { Conflict, NamedPrice } from '../../api/sync-details.ts'
import { price } from '../../format/numbers.ts'
import { type Column, Table } from '../../ui/table.tsx'
import { ModelName } from './model-name.tsx'
import styles from './models.module.css'

/** Models of which two sources give different prices. */
export function Conflicts({ conflicts }: { conflicts: readonly Conflict[] }) {
  if (conflicts.length === 0)
    return <p className={styles.none}>Nowhere do two sources of a price differ by more than 5 %.</p>
  return (
    <>
      <p className={styles.note}>
        Two sources differ by more than 5 % at the latest sync of the provider. The price that is used comes
        from the first that knows one: your own, the provider's listing, genai-prices, models.dev.
      </p>
      <Table<Conflict>
        caption="Models with conflicting prices"
        columns={columns}
        groups={[{ name: null, rows: conflicts }]}
        keyOf={({ provider, model, other }) => `${provider}/${model} ${other.source}`}
        isCards
      />
    </>
  )
}

const columns: Column<Conflict>[] = [
  { id: 'name', head: 'Model', cell: (row) => <ModelName provider={row.provider} model={row.model} /> },
  {
    id: 'chosen',
    head: 'Used: input / output per M',
    width: 216,
    isNumber: true,
    cell: (row) => <Pair of={row.chosen} />,
  },
  {
    id: 'other',
    head: 'Other: input / output per M',
    width: 216,
    isNumber: true,
    cell: (row) => <Pair of={row.other} />,
  },
  {
    id: 'gap',
    head: 'Apart',
    meaning: 'By what share of the larger one the two prices differ where they differ most',
    width: 88,
    isNumber: true,
    cell: ({ gap }) => `${Math.round(gap * 100)} %`,
  },
]

const Pair = ({ of }: { of: NamedPrice }) => (
  <span className={styles.moved}>
    <strong>
      {price(of.input)} / {price(of.output)}
    </strong>
    <span>{of.source === 'manual' ? 'your own' : of.source}</span>
  </span>
)
