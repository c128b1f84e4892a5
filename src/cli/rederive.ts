import { z } from 'zod'
import { toJsonText } from '../core/json.ts'
import { messageOf } from '../core/error.ts'
import { deriveMetrics, formulaVersion, type Metrics } from '../core/metrics.ts'
import { metricTable } from '../core/metric-table.ts'
import { formatTable, printable } from '../report/format.ts'
import type { Store } from '../store/store.ts'
import type { StoredTimeline } from '../store/stored-result.ts'
import { decodeTimeline } from '../store/timeline.ts'
import { exitCode } from './exit-code.ts'
import { defineCommand } from './command.ts'
import { moment, requiredMoment, whole, yes } from './flags.ts'

const help = `Recompute the metrics of recorded results from their timelines, with the formulas of this version (${formulaVersion}).

Usage: pnpm tsx scripts/rederive.ts --since DATE [options]

  --since DATE          results recorded from this day or time on (UTC unless it says otherwise)
  --until DATE          and before this one
  --outdated            only those computed with another version of the formulas
  --write               write what changed
  --dry-run             only report what would change (the default)
  --after ID            resume after this result, the last one that an interrupted run printed
  --batch N             results read and written at a time, 1 to 1000 (default 200)
  --json                one JSON document on stdout, nothing else
  --help                this text

Running it again changes nothing more. Results without a timeline are counted and left alone.

Exit codes: 0 done, 2 bad usage or configuration, 3 the database failed midway.
`

const schema = z
  .object({
    since: requiredMoment,
    until: moment.nullable().default(null),
    outdated: yes,
    write: yes,
    dryRun: yes,
    after: z.uuid('must be the id of a result').nullable().default(null),
    batch: whole(1, 1000).default(200),
    json: yes,
  })
  .refine(({ write, dryRun }) => !write || !dryRun, '--dry-run and --write exclude each other')
type Flags = z.output<typeof schema>

/** `rederive`: recomputes recorded metrics, reports the changes and with --write saves them. */
export const rederive = defineCommand({
  name: 'rederive',
  help,
  flags: schema,
  needs: 'store',
  run: async (flags, { store, streams: { stdout, stderr } }) => {
    const done = await rederiveAll(store, flags, (progress) => stderr.write(`firsttoken: ${progress}\n`))
    stdout.write(flags.json ? `${toJsonText(done, 2)}\n` : describe(done))
    return exitCode.ok
  },
})

/** The report of a rederivation. */
export interface Rederivation {
  formulaVersion: number
  written: boolean
  /** Results read. Of these, `changed` have other metrics, `restamped` only another formula version. */
  results: number
  changed: number
  restamped: number
  unchanged: number
  withoutTimeline: number
  /** Results whose timeline cannot be decoded. */
  unreadable: { id: string; problem: string }[]
  /** Rows that the database reports as changed. */
  updated: number
  /** By column: how many results change, the largest change, and an example. */
  metrics: Record<string, { changes: number; largest: number | null; example: Change }>
  /** The last result that was processed. */
  after: string | null
}

/** One metric of one result, as recorded and as recomputed. */
interface Change {
  id: string
  before: number | null
  now: number | null
}

type Selection = Pick<Flags, 'since' | 'until' | 'outdated' | 'write' | 'after' | 'batch'>

/** Recomputes the selected results batch by batch; a batch is written before the next is read. */
export async function rederiveAll(
  store: Store,
  { since, until, outdated, write, after, batch }: Selection,
  tell: (progress: string) => void,
): Promise<Rederivation> {
  const done = nothingYet(write, after)
  const range = { since, until, formulaVersion: outdated ? formulaVersion : null, limit: batch }
  for (let from = after, more = true; more;) {
    const page = await store.listTimelines({ ...range, after: from })
    const results = await derived(page.rows, done)
    if (write && results.length > 0)
      done.updated += (await store.rederiveResults({ formulaVersion, results })).updated
    done.after = page.rows.at(-1)?.id ?? done.after
    from = page.next
    more = from !== null
    if (more) tell(`${done.results} results read, ${done.changed} changed; --after ${from} resumes here`)
  }
  return done
}

const nothingYet = (written: boolean, after: string | null): Rederivation => ({
  formulaVersion,
  written,
  results: 0,
  changed: 0,
  restamped: 0,
  unchanged: 0,
  withoutTimeline: 0,
  unreadable: [],
  updated: 0,
  metrics: {},
  after,
})

/** The results of a page that need writing; each row is counted in `done`. */
async function derived(
  rows: StoredTimeline[],
  done: Rederivation,
): Promise<{ id: string; metrics: Metrics }[]> {
  const results: { id: string; metrics: Metrics }[] = []
  for (const row of rows) {
    done.results += 1
    const metrics = await metricsOf(row, done)
    if (metrics === null) continue
    const changes = changesOf(row, metrics)
    for (const [column, change] of changes) count(done, column, change)
    const stale = row.formulaVersion !== formulaVersion
    done[changes.length > 0 ? 'changed' : stale ? 'restamped' : 'unchanged'] += 1
    if (changes.length > 0 || stale) results.push({ id: row.id, metrics })
  }
  return results
}

async function metricsOf(row: StoredTimeline, done: Rederivation): Promise<Metrics | null> {
  if (row.timeline === null) {
    done.withoutTimeline += 1
    return null
  }
  try {
    return deriveMetrics(await decodeTimeline(row.timeline), row.usage)
  } catch (error) {
    // A timeline that is damaged, or from a later version, must not stop the others.
    done.unreadable.push({ id: row.id, problem: messageOf(error) })
    return null
  }
}

const names = Object.keys(metricTable) as (keyof Metrics)[]

const changesOf = ({ id, metrics: before }: StoredTimeline, now: Metrics): [string, Change][] =>
  names
    .filter((name) => before[name] !== now[name])
    .map((name) => [metricTable[name].column, { id, before: before[name], now: now[name] }])

/** Counts a change. The example is the largest one; a change from or to null only if there is no other. */
function count(done: Rederivation, column: string, change: Change): void {
  const size = change.before === null || change.now === null ? null : Math.abs(change.now - change.before)
  const known = (done.metrics[column] ??= { changes: 0, largest: null, example: change })
  known.changes += 1
  if (size === null || size <= (known.largest ?? 0)) return
  known.largest = size
  known.example = change
}

function describe(done: Rederivation): string {
  const rows = Object.entries(done.metrics).map(([column, { changes, largest, example }]) =>
    [column, changes, largest, example.before, example.now, example.id].map(cell),
  )
  const titles = ['metric', 'changes', 'largest', 'before', 'now', 'result']
  const columns = titles.map((title, index) => ({
    title,
    align: index === 0 || index === 5 ? ('left' as const) : ('right' as const),
  }))
  const { results, changed, restamped, withoutTimeline, unreadable, updated } = done
  const lines = [
    `${results} results: ${changed} change, ${restamped} only get the new formula version, ${done.unchanged} stay the same, ${withoutTimeline} have no timeline, ${unreadable.length} are unreadable`,
    ...unreadable.slice(0, 5).map(({ id, problem }) => `cannot read ${id}: ${printable(problem)}`),
    done.written ? `${updated} rows written` : 'nothing written: use --write to save',
  ]
  return `${rows.length > 0 ? `${formatTable(columns, rows)}\n\n` : ''}${lines.join('\n')}\n`
}

const cell = (value: number | string | null): string =>
  typeof value === 'number' ? String(Number(value.toPrecision(7))) : (value ?? 'null')
