import { z } from 'zod'
import { messageOf } from '../core/error.ts'
import { deriveMetrics, formulaVersion, type Metrics } from '../core/metrics.ts'
import { metricTable } from '../core/metric-table.ts'
import { formatTable } from '../report/format.ts'
import type { Store, StoredTimeline } from '../store/store.ts'
import { decodeTimeline } from '../store/timeline.ts'
import { exitCode } from './exit-code.ts'
import type { Streams } from './streams.ts'
import { defineCommand } from './command.ts'
import { moment, neededMoment, whole, yes } from './flags.ts'

const help = `Derive the metrics of recorded results again from their timelines, under the formulas of this version (${formulaVersion}).

Usage: pnpm tsx scripts/rederive.ts --since DATE [options]

  --since DATE          results recorded from this day or time on (UTC unless it says otherwise)
  --until DATE          and before this one
  --outdated            only those that were made with formulas of another version
  --write               write what changed
  --dry-run             only report what would change (the default)
  --after ID            go on after this result: what an interrupted run printed last
  --batch N             results read and written at a time, 1 to 1000 (default 200)
  --json                one JSON document on stdout, nothing else
  --help                this text

Writing twice writes once. Results without a timeline are counted and left alone.

Exit codes: 0 done, 2 bad usage or configuration, 3 the database failed on the way.
`

const flags = z
  .object({
    since: neededMoment,
    until: moment.nullable().default(null),
    outdated: yes,
    write: yes,
    dryRun: yes,
    after: z.uuid('must be the id of a result').nullable().default(null),
    batch: whole(1, 1000).default(200),
    json: yes,
  })
  .refine(({ write, dryRun }) => !write || !dryRun, '--dry-run and --write exclude each other')
type Flags = z.output<typeof flags>

/** `rederive`: reports, and with --write writes, what recorded results come to under the formulas of now. */
export const rederive = defineCommand({
  name: 'rederive',
  help,
  flags,
  needs: 'store',
  run: (asked, { store, streams }) => rederiveOnce(asked, store, streams),
})

/** What deriving again came to. */
export interface Rederivation {
  formulaVersion: number
  written: boolean
  /** Results read; of these: derived to other metrics, only of another formula version, the same. */
  results: number
  changed: number
  restamped: number
  unchanged: number
  withoutTimeline: number
  /** Timelines that this program cannot read, by result. */
  unreadable: { id: string; problem: string }[]
  /** Rows that the database says it changed. */
  updated: number
  /** By column: how many results change, by how much at most, and one of them. */
  metrics: Record<string, { changes: number; largest: number | null; example: Change }>
  /** The last result that is done with. */
  after: string | null
}

/** One metric of one result, as recorded and as derived now. */
interface Change {
  id: string
  before: number | null
  now: number | null
}

async function rederiveOnce(asked: Flags, store: Store, { stdout, stderr }: Streams): Promise<number> {
  const done = await rederiveAll(store, asked, (progress) => stderr.write(`firsttoken: ${progress}\n`))
  stdout.write(asked.json ? `${JSON.stringify(done, null, 2)}\n` : describe(done))
  return exitCode.ok
}

/** Which results, and what to do with them. */
type Selection = Pick<Flags, 'since' | 'until' | 'outdated' | 'write' | 'after' | 'batch'>

/** Derives the selected results again, batch by batch; a batch is written before the next is read. */
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
    if (more) tell(`${done.results} results read, ${done.changed} changed; --after ${from} goes on from here`)
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

/** The results of a page that are to be written, each counted in `done`. */
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
    // One that is damaged, or from a later version, must not keep the others from being derived.
    done.unreadable.push({ id: row.id, problem: messageOf(error) })
    return null
  }
}

const names = Object.keys(metricTable) as (keyof Metrics)[]

const changesOf = ({ id, metrics: before }: StoredTimeline, now: Metrics): [string, Change][] =>
  names
    .filter((name) => before[name] !== now[name])
    .map((name) => [metricTable[name].column, { id, before: before[name], now: now[name] }])

/** Counts a change; the example is the largest, and one from or to null where no other is known. */
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
    `${results} results: ${changed} change, ${restamped} only get the new formula version, ${done.unchanged} are the same, ${withoutTimeline} have no timeline, ${unreadable.length} cannot be read`,
    ...unreadable.slice(0, 5).map(({ id, problem }) => `cannot read ${id}: ${problem}`),
    done.written ? `${updated} rows written` : 'nothing written: --write does',
  ]
  return `${rows.length > 0 ? `${formatTable(columns, rows)}\n\n` : ''}${lines.join('\n')}\n`
}

const cell = (value: number | string | null): string =>
  typeof value === 'number' ? String(Number(value.toPrecision(7))) : (value ?? 'null')
