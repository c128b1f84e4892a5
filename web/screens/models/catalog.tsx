import { Button } from '../../ui/button.tsx'
import { Choice, Field } from '../../ui/field.tsx'
import { useChangeSearch } from '../../ui/search.ts'
import { Table } from '../../ui/table.tsx'
import { columns } from './columns.tsx'
import styles from './models.module.css'
import type { ModelsSearch, SortName } from './search.ts'
import { chosenRows, countsOf, fittingRows, keyOf, type ModelRow, nextSort, sortingOf } from './view.ts'

/** So many rows are drawn at first, and more by each click. */
const step = 100

const words = { listed: 'Current', benchmarked: 'Benchmarked', left: 'Left', all: 'All' } as const

/** Every model that is known, filtered. */
export function Catalog({ rows, search }: { rows: readonly ModelRow[]; search: ModelsSearch }) {
  const change = useChangeSearch<ModelsSearch>()
  const fitting = fittingRows(rows, search)
  const chosen = chosenRows(fitting, search)
  const shown = chosen.slice(0, search.n ?? step)
  return (
    <>
      <Filters rows={rows} fitting={fitting} search={search} />
      {chosen.length === 0 ? (
        <p className={styles.none} role="status">
          No model fits this filter.{' '}
          <Button onClick={() => change({ q: undefined, provider: undefined, show: 'all', type: 'all' })}>
            Show all {rows.length}
          </Button>
        </p>
      ) : (
        <Table<ModelRow>
          caption="Models with their prices"
          columns={columns}
          groups={[{ name: null, rows: shown }]}
          keyOf={keyOf}
          sorting={sortingOf(search)}
          onSort={(by) => change({ sort: nextSort(search, by as SortName) })}
          isCards
        />
      )}
      {chosen.length > shown.length && (
        <p className={styles.more}>
          {shown.length} of {chosen.length} are shown.{' '}
          <Button onClick={() => change({ n: shown.length + 2 * step })}>Show more</Button>
        </p>
      )}
    </>
  )
}

function Filters({
  rows,
  fitting,
  search,
}: {
  rows: readonly ModelRow[]
  fitting: readonly ModelRow[]
  search: ModelsSearch
}) {
  const change = useChangeSearch<ModelsSearch>()
  const providers = [...new Set(rows.map(({ provider }) => provider))].toSorted()
  const current = search.show ?? 'listed'
  return (
    <search className={styles.filters}>
      <ul className={styles.shows} aria-label="Models by status">
        {countsOf(fitting).map(({ show, n }) => (
          <li key={show}>
            <button
              type="button"
              aria-pressed={show === current}
              onClick={() => change({ show: show === 'listed' ? undefined : show, n: undefined })}
            >
              <strong>{n}</strong> {words[show]}
            </button>
          </li>
        ))}
      </ul>
      <Field
        label="Filter"
        isBare
        type="search"
        placeholder="Provider or model"
        value={search.q ?? ''}
        onChange={({ target }) => change({ q: target.value, n: undefined })}
      />
      <Choice
        label="Provider"
        isBare
        value={search.provider ?? ''}
        onChange={({ target }) => change({ provider: target.value, n: undefined })}
      >
        <option value="">All providers</option>
        {providers.map((provider) => (
          <option key={provider}>{provider}</option>
        ))}
      </Choice>
      <Choice
        label="Type"
        isBare
        value={search.type ?? ''}
        onChange={({ target }) => change({ type: target.value === 'all' ? 'all' : undefined, n: undefined })}
      >
        <option value="">Chat models</option>
        <option value="all">Every type</option>
      </Choice>
    </search>
  )
}
