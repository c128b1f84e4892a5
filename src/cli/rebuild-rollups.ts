import { z } from 'zod'
import { toJsonText } from '../core/json.ts'
import { toColumns } from '../store/columns.ts'
import { type Store, StoreError } from '../store/store.ts'
import type { App } from '../jobs/app.ts'
import { exitCode } from './exit-code.ts'
import type { Streams } from './streams.ts'
import { defineCommand } from './command.ts'
import { moment, requiredMoment, yes } from './flags.ts'
import { stoppable } from './stop.ts'

const help = `Rebuild the hourly and daily rollups from the results.

Usage: pnpm tsx scripts/rebuild-rollups.ts --since DATE [options]

  --since DATE          from this day or time on (UTC unless it says otherwise)
  --until DATE          and before this one (default: everything)
  --json                one JSON document on stdout, nothing else
  --help                this text

Triggers keep rollups up to date whenever results are written, changed or deleted: this is for results that were loaded with
triggers off. Rollups that pruning made final stay unchanged, because their results are gone. It may be stopped at any time
and run again.

Exit codes: 0 done, 2 bad usage or configuration, or all rollups are final, 3 the database failed midway, 130 interrupted.
`

const schema = z
  .object({ since: requiredMoment, until: moment.nullable().default(null), json: yes })
  .refine(({ since, until }) => until === null || until > since, '--until must be after --since')

/** `rebuild-rollups`: rebuilds the rollups of a time range, day by day. */
export const rebuildRollups = defineCommand({
  name: 'rebuild-rollups',
  help,
  flags: schema,
  needs: 'store',
  run: rebuildOnce,
})

/** The outcome of a rebuild. */
interface Rebuilding {
  since: Date
  until: Date
  /** The start: later than `since` if the results before it are pruned, null if all are. */
  rebuiltFrom: Date | null
  /** The end of what was rebuilt. */
  rebuiltUntil: Date | null
}

async function rebuildOnce(
  { since, until: asked, json }: z.output<typeof schema>,
  { app, store, streams: { stdout, stderr } }: { app: App; store: Store; streams: Streams },
): Promise<number> {
  const latest = new Date(app.clock.date().getTime() + dayMs)
  const until = asked !== null && asked < latest ? asked : latest
  if (since >= until) throw new StoreError('invalid', `--since ${since.toISOString()} is in the future`)
  const tell = (day: Date) => {
    if (stderr.isTTY) stderr.write(`\r\u001b[K${day.toISOString().slice(0, 10)}`)
  }
  return stoppable(async ({ stop }) => {
    const done = await rebuild(store, { since, until, stop }, tell)
    if (stderr.isTTY) stderr.write('\r\u001b[K')
    stdout.write(json ? `${toJsonText(toColumns(done), 2)}\n` : `${sentence(done)}\n`)
    if (stop.aborted) return exitCode.interrupted
    return done.rebuiltFrom === null ? exitCode.usage : exitCode.ok
  })
}

/** Rebuilds each day in its own transaction, so that recording never waits for more than one. */
async function rebuild(
  store: Store,
  { since, until, stop }: { since: Date; until: Date; stop: AbortSignal },
  tell: (day: Date) => void,
): Promise<Rebuilding> {
  const done: Rebuilding = { since, until, rebuiltFrom: null, rebuiltUntil: null }
  for (let from = since; from < until && !stop.aborted;) {
    tell(from)
    const dayAfter = new Date(Math.floor(from.getTime() / dayMs + 1) * dayMs)
    const to = dayAfter < until ? dayAfter : until
    const { rebuiltFrom } = await store.rebuildRollups({ since: from, until: to })
    done.rebuiltFrom ??= rebuiltFrom
    if (rebuiltFrom !== null) done.rebuiltUntil = to
    from = to
  }
  return done
}

const dayMs = 24 * 3_600_000

function sentence({ since, until, rebuiltFrom, rebuiltUntil }: Rebuilding): string {
  if (rebuiltFrom === null || rebuiltUntil === null)
    return `nothing was rebuilt: everything before ${until.toISOString()} is final, because its results are pruned`
  const made = `rollups from ${rebuiltFrom.toISOString()} to ${rebuiltUntil.toISOString()} were rebuilt`
  // Rollups are whole hours, so a rebuild starts no later than `since` unless results are pruned.
  return rebuiltFrom > since ? `${made}; earlier ones are final, because their results are pruned` : made
}
