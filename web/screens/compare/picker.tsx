import { Link, useNavigate } from '@tanstack/react-router'
import { Choice } from '../../ui/field.tsx'
import { AddTarget, SameModel } from './choices.tsx'
import styles from './compare.module.css'
import { type Change, type CompareSearch, compareSearch, known, most, periods, speeds } from './search.ts'
import type { Target } from './view.ts'

/** Changes the search of the URL; what is undefined leaves it. */
export function useCompareSearch() {
  const navigate = useNavigate({ from: '/compare' })
  return (change: Change) =>
    void navigate({
      search: (before) => known({ ...before, ...change }),
      replace: true,
      resetScroll: false,
    })
}

const speedNames = { tps: 'Speed', ttft: 'TTFT', latency: 'Latency' } as const
const periodNames = { '24h': '24 hours', '7d': '7 days', '30d': '30 days' } as const

/** What is compared, over which time and from where. */
export function Picker({
  search,
  targets,
  chosen,
  regions,
  region,
  series,
}: {
  search: CompareSearch
  targets: readonly Target[]
  chosen: readonly Target[]
  regions: readonly string[]
  region: string | null
  series: readonly string[]
}) {
  const change = useCompareSearch()
  /** A choice is one of its options; what is usual leaves the URL. */
  const set = (name: keyof CompareSearch) => (event: { target: { value: string } }) =>
    change({ [name]: compareSearch({ [name]: event.target.value })[name] })
  const ids = chosen.map(({ id }) => id)
  return (
    <search className={styles.picker}>
      <AddTarget
        targets={targets.filter(({ id }) => !ids.includes(id))}
        isFull={ids.length >= most}
        onAdd={(id) => change({ targets: [...ids, id], model: undefined })}
      />
      <SameModel
        targets={targets}
        family={search.targets === undefined ? (search.model ?? '') : ''}
        onChoose={(model) => change({ model, targets: undefined })}
      />
      {regions.length > 1 && (
        <Choice label="Region" isBare value={region ?? ''} onChange={set('region')}>
          {regions.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </Choice>
      )}
      <Choice label="Window" isBare value={search.period ?? '7d'} onChange={set('period')}>
        {periods.map((period) => (
          <option key={period} value={period}>
            {periodNames[period]}
          </option>
        ))}
      </Choice>
      <Choice label="Against the price" isBare value={search.speed ?? 'tps'} onChange={set('speed')}>
        {speeds.map((speed) => (
          <option key={speed} value={speed}>
            {speedNames[speed]} against price
          </option>
        ))}
      </Choice>
      {series.length > 1 && (
        <Choice label="Settings" isBare value={search.series ?? series[0] ?? ''} onChange={set('series')}>
          {series.map((name) => (
            <option key={name} value={name}>
              Settings {name.slice(0, 8)}
            </option>
          ))}
        </Choice>
      )}
      {ids.length > 0 && (
        <Link
          from="/compare"
          to="."
          search={({ targets: _targets, model: _model, ...rest }) => rest}
          replace
          className={styles.clear}
        >
          Clear
        </Link>
      )}
    </search>
  )
}
