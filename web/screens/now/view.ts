import type { Answer } from '../../api/client.ts'
import type { Incident } from '../../api/incident-queries.ts'
import { familyOf } from '../../format/words.ts'
import { isDegrading } from '../../ui/incident-words.ts'
import type { Sorting } from '../../ui/sorting.ts'
import { states } from '../../ui/states.ts'
import type { NowSearch, SortName } from './search.ts'

type Present = Answer<'GET /api/v1/now'>
/** A target in a region, with the names that people know. */
export type NowRow = Present['rows'][number] & {
  providerName: string
  synthetic: boolean
  checks: number
  failed: number
  /** What is open of it: what degrades it, before what makes it down. */
  incident: Incident | null
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

const dayMs = 86_400_000

/** An answer with its last days alone. */
export function lastDays<Of extends Pick<Present, 'days' | 'rows'>>(present: Of, n: number): Of {
  const { days, rows } = present
  const t0 = new Date(Date.parse(days.t0) + (days.n - n) * dayMs).toISOString()
  const cut = rows.map((row) => ({
    ...row,
    checks_90d: row.checks_90d.slice(-n),
    failed_90d: row.failed_90d.slice(-n),
  }))
  return days.n <= n ? present : { ...present, days: { t0, n }, rows: cut }
}

/** The rows of an answer with what is shown of them besides. */
export const rowsOf = ({ rows, providers }: Present, open: readonly Incident[]): NowRow[] => {
  const incidents = Map.groupBy(
    open.filter(({ shadow }) => !shadow),
    ({ target_id: id, region }) => `${id} ${region}`,
  )
  return rows.map((row) => ({
    ...row,
    providerName: providers[row.provider]?.name ?? row.provider,
    synthetic: providers[row.provider]?.synthetic ?? false,
    checks: sum(row.checks_90d),
    failed: sum(row.failed_90d),
    incident: worstOf(incidents.get(`${row.target_id} ${row.region}`) ?? []),
  }))
}

const worstOf = (incidents: readonly Incident[]): Incident | null =>
  incidents.find(isDegrading) ?? incidents[0] ?? null

/** By what a URL sorts; what is wrong first if it says nothing. */
export function sortingOf({ sort = 'state' }: NowSearch): Sorting & { by: SortName } {
  const isDescending = sort.startsWith('-')
  return { by: (isDescending ? sort.slice(1) : sort) as SortName, isDescending }
}

/** What a click on the head of a column makes of the sort: best first, then the other way. */
export function nextSort(search: NowSearch, by: SortName): NonNullable<NowSearch['sort']> {
  const first = by === 'tps' ? (`-${by}` as const) : by
  const second = by === 'tps' ? by : (`-${by}` as const)
  return (search.sort ?? 'state') === first ? second : first
}

const valueOf: Readonly<Record<SortName, (row: NowRow) => number | string | null>> = {
  // What is up and degraded comes before what is fine.
  state: ({ state, incident }) =>
    states.indexOf(state) - (state === 'up' && incident !== null && isDegrading(incident) ? 0.5 : 0),
  name: ({ model }) => model.toLowerCase(),
  ttft: ({ typical }) => typical?.ttft_ms ?? null,
  tps: ({ typical }) => typical?.tps ?? null,
  latency: ({ typical }) => typical?.total_latency_ms ?? null,
  cost: ({ typical }) => typical?.cost_usd ?? null,
  uptime: ({ checks, failed }) => (checks === 0 ? null : (checks - failed) / checks),
}

/** Unknown values come last, whichever way. */
function compare(a: NowRow, b: NowRow, { by, isDescending }: Sorting & { by: SortName }): number {
  const [x, y] = [valueOf[by](a), valueOf[by](b)]
  if (x === null || y === null) return Number(x === null) - Number(y === null)
  if (x === y) return 0
  return x < y === isDescending ? 1 : -1
}

/** The rows that a search leaves, in its order. */
export function chosenRows(rows: readonly NowRow[], search: NowSearch): NowRow[] {
  const words = (search.q ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  const sorting = sortingOf(search)
  return rows
    .filter(({ state }) => search.state === undefined || state === search.state)
    .filter(({ region }) => search.region === undefined || region === search.region)
    .filter((row) => {
      const names = `${row.provider} ${row.providerName} ${row.model} ${row.region ?? ''}`.toLowerCase()
      return words.every((word) => names.includes(word))
    })
    .toSorted(
      (a, b) =>
        compare(a, b, sorting) ||
        compare(a, b, { by: 'ttft', isDescending: false }) ||
        compare(a, b, { by: 'name', isDescending: false }),
    )
}

/** The same in groups, in the order of their first rows. */
export function groupsOf(rows: readonly NowRow[], by: NowSearch['group']) {
  if (by === undefined) return [{ name: null, note: '', rows }]
  const named = Map.groupBy(rows, (row) => (by === 'provider' ? row.providerName : familyOf(row.model)))
  return [...named].map(([name, ofGroup]) => {
    const wrong = ofGroup.filter(({ state }) => state === 'down' || state === 'failing').length
    const note = `${ofGroup.length}${wrong === 0 ? '' : `, ${wrong} with failures`}`
    return { name, note, rows: ofGroup }
  })
}
