import type { Answer } from '../../api/client.ts'
import { leavingOf } from '../../api/sync-details.ts'
import { duration } from '../../format/numbers.ts'
import { intervalTexts } from '../../format/interval.ts'
import type { Sorting } from '../../ui/sorting.ts'
import type { ModelsSearch, SortName } from './search.ts'

export type ModelRow = Answer<'GET /api/v1/models'>['rows'][number]
export type TargetRow = ModelRow['targets'][number]

/** What a model is to this installation, most first. */
const statuses = ['benchmarked', 'paused', 'listed', 'unknown', 'left'] as const
export type Status = (typeof statuses)[number]

/** Whether every run calls a model, or once did, or could. */
export function statusOf({ targets, available }: ModelRow): Status {
  if (targets.some(({ active }) => active === true)) return 'benchmarked'
  if (available === false) return 'left'
  if (targets.some(({ active }) => active === false)) return 'paused'
  return available === null ? 'unknown' : 'listed'
}

/** Who keeps targets: the file, if it keeps one of them, because all are switched at once. */
export const ownerOf = (targets: readonly TargetRow[]): TargetRow['owned_by'] =>
  targets.find(({ owned_by: owner }) => owner !== null)?.owned_by ?? null

/** What names a model in the URL and in lists. */
export const keyOf = ({ provider, model }: Pick<ModelRow, 'provider' | 'model'>): string =>
  `${provider}/${model}`

/** By what a URL sorts; what is benchmarked first if it says nothing. */
export function sortingOf({ sort = 'status' }: ModelsSearch): Sorting & { by: SortName } {
  const isDescending = sort.startsWith('-')
  return { by: (isDescending ? sort.slice(1) : sort) as SortName, isDescending }
}

/** What a click on the head of a column makes of the sort. */
export function nextSort(search: ModelsSearch, by: SortName): NonNullable<ModelsSearch['sort']> {
  const isLarge = by === 'context' || by === 'seen'
  const [first, second] = isLarge ? ([`-${by}`, by] as const) : ([by, `-${by}`] as const)
  return (search.sort ?? 'status') === first ? second : first
}

const valueOf: Readonly<Record<SortName, (row: ModelRow) => number | string | null>> = {
  name: ({ model }) => model.toLowerCase(),
  status: (row) => statuses.indexOf(statusOf(row)),
  context: ({ context_window: tokens }) => tokens,
  input: ({ price }) => price?.input_per_m ?? null,
  output: ({ price }) => price?.output_per_m ?? null,
  seen: ({ last_seen_at: at }) => at,
}

/** Unknown values come last, whichever way. */
function compare(a: ModelRow, b: ModelRow, { by, isDescending }: Sorting & { by: SortName }): number {
  const [x, y] = [valueOf[by](a), valueOf[by](b)]
  if (x === null || y === null) return Number(x === null) - Number(y === null)
  if (x === y) return 0
  return x < y === isDescending ? 1 : -1
}

const isShown: Readonly<Record<NonNullable<ModelsSearch['show']> | 'listed', (row: ModelRow) => boolean>> = {
  listed: (row) => row.available !== false || statusOf(row) === 'benchmarked',
  benchmarked: (row) => statusOf(row) === 'benchmarked',
  left: ({ available }) => available === false,
  all: () => true,
}

/** The models that fit everything but which of them are shown. */
export function fittingRows(rows: readonly ModelRow[], { q, provider, type }: ModelsSearch): ModelRow[] {
  const words = (q ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  return rows.filter((row) => {
    const names = `${row.provider} ${row.model} ${row.display_name ?? ''}`.toLowerCase()
    const isChat = (row.type ?? 'chat') === 'chat' || row.targets.length > 0
    return (
      (provider === undefined || row.provider === provider) &&
      (type === 'all' || isChat) &&
      words.every((word) => names.includes(word))
    )
  })
}

/** Those of them that are shown, in order. */
export const chosenRows = (fitting: readonly ModelRow[], search: ModelsSearch): ModelRow[] =>
  fitting
    .filter(isShown[search.show ?? 'listed'])
    .toSorted(
      (a, b) =>
        compare(a, b, sortingOf(search)) || (keyOf(a).toLowerCase() < keyOf(b).toLowerCase() ? -1 : 1),
    )

/** How many of them each choice would show. */
export const countsOf = (fitting: readonly ModelRow[]) =>
  Object.entries(isShown).map(([show, test]) => ({
    show: show as keyof typeof isShown,
    n: fitting.filter(test).length,
  }))

/** A model that leaves, or is on its way out. */
export interface Departure {
  provider: string
  model: string
  /** The targets that every run calls. */
  targets: TargetRow[]
  /** No new use from then on, and gone from then on: days. */
  deprecatedOn: string | null
  shutdownOn: string | null
  hasLeft: boolean
  /** What a sync suggests instead. */
  successor: string | null
}

/** What is leaving: what is benchmarked first, then by the day. `syncs` are latest first. */
export function departuresOf(
  models: readonly ModelRow[],
  syncs: Parameters<typeof leavingOf>[0],
): Departure[] {
  const leaving = new Map(leavingOf(syncs).map((each) => [keyOf(each), each]))
  return models
    .map((row) => ({
      row,
      found: leaving.get(keyOf(row)),
      active: row.targets.filter(({ active }) => active),
    }))
    .filter(
      ({ row, found, active }) =>
        (found !== undefined && active.length > 0) ||
        (row.available === false
          ? active.length > 0
          : row.shutdown_on !== null || row.deprecated_on !== null),
    )
    .map(({ row, found, active }) => ({
      provider: row.provider,
      model: row.model,
      targets: active,
      deprecatedOn: row.deprecated_on,
      shutdownOn: row.shutdown_on ?? found?.shutdownOn ?? null,
      hasLeft: row.available === false,
      successor: found?.successor ?? null,
    }))
    .toSorted(
      (a, b) =>
        Number(b.targets.length > 0) - Number(a.targets.length > 0) ||
        Number(b.hasLeft) - Number(a.hasLeft) ||
        (a.shutdownOn ?? a.deprecatedOn ?? '9').localeCompare(b.shutdownOn ?? b.deprecatedOn ?? '9'),
    )
}

/** How a target is called, if not as usual: `reasoning default`, `at groq`, `2,048 tokens`. */
export function specialsOf({ parameters, region, limits, ...intervals }: TargetRow): string[] {
  const { reasoning, pin, max_tokens: most } = parameters
  return [
    ...(reasoning === 'least' ? [] : [`reasoning ${reasoning}`]),
    ...(pin === undefined ? [] : [`at ${pin}`]),
    ...(most === undefined ? [] : [`at most ${most.toLocaleString('en-US')} tokens`]),
    ...(region === null ? [] : [`in ${region}`]),
    ...intervalTexts(intervals),
    ...(limits.ttft_ms === null ? [] : [`TTFT at most ${duration(limits.ttft_ms)}`]),
    ...(limits.latency_ms === null ? [] : [`latency at most ${duration(limits.latency_ms)}`]),
  ]
}
