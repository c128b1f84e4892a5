import { Choice, Field } from '../../ui/field.tsx'
import { useChangeSearch } from '../../ui/search.ts'
import { State } from '../../ui/state.tsx'
import type { StateName } from '../../ui/states.ts'
import styles from './now.module.css'
import type { NowSearch } from './search.ts'
import type { NowRow } from './view.ts'

/** Counts by state, which filter, and the other choices. */
export function Filters({ rows, search }: { rows: readonly NowRow[]; search: NowSearch }) {
  const change = useChangeSearch<NowSearch>()
  const regions = [...new Set(rows.map(({ region }) => region))].filter((region) => region !== null)
  return (
    <search className={styles.filters}>
      <ul className={styles.states} aria-label="Targets by state">
        {shownOrder.map((state) => {
          const n = rows.filter((row) => row.state === state).length
          if (n === 0 && search.state !== state) return null
          const isChosen = search.state === state
          return (
            <li key={state}>
              <button
                type="button"
                aria-pressed={isChosen}
                onClick={() => change({ state: isChosen ? undefined : state })}
              >
                <strong>{n}</strong> <State state={state} />
              </button>
            </li>
          )
        })}
      </ul>
      <Field
        label="Filter"
        isBare
        type="search"
        placeholder="Provider or model"
        value={search.q ?? ''}
        onChange={({ target }) => change({ q: target.value })}
      />
      <Choice
        label="Group"
        isBare
        value={search.group ?? ''}
        onChange={({ target }) => change({ group: groupOf(target.value) })}
      >
        <option value="">No groups</option>
        <option value="provider">By provider</option>
        <option value="family">By model family</option>
      </Choice>
      {(regions.length > 1 || search.region !== undefined) && (
        <Choice
          label="Region"
          isBare
          value={search.region ?? ''}
          onChange={({ target }) => change({ region: target.value })}
        >
          <option value="">All regions</option>
          {regions.map((region) => (
            <option key={region}>{region}</option>
          ))}
        </Choice>
      )}
    </search>
  )
}

const shownOrder: readonly StateName[] = ['up', 'failing', 'down', 'stale', 'paused', 'unknown']

const groupOf = (value: string): NowSearch['group'] =>
  value === 'provider' || value === 'family' ? value : undefined
