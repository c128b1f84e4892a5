import { z } from 'zod'
import { toColumns } from '../store/columns.ts'
import { type Store, StoreError } from '../store/store.ts'
import type { App } from '../jobs/app.ts'
import { exitCode } from './exit-code.ts'
import type { Streams } from './streams.ts'
import { defineCommand } from './command.ts'
import { moment, neededMoment, yes } from './flags.ts'
import { stoppable } from './stop.ts'

const help = `Make the hourly and daily rollups again from the results.

Usage: pnpm tsx scripts/rebuild-rollups.ts --since DATE [options]

  --since DATE          from this day or time on (UTC unless it says otherwise)
  --until DATE          and before this one (default: all there is)
  --json                one JSON document on stdout, nothing else
  --help                this text

Whatever writes, changes or deletes results keeps rollups right by itself: this is for results that were loaded with triggers off.
What pruning made final stays as it is, since its results are gone. It may be run again, and stopped at any time.

Exit codes: 0 done, 2 bad usage or configuration, or all of it is final, 3 the database failed on the way, 130 interrupted.
`

const flags = z
  .object({ since: neededMoment, until: moment.nullable().default(null), json: yes })
  .refine(({ since, until }) => until === null || until > since, '--until must be after --since')

/** `rebuild-rollups`: makes a range again, day by day. */
export const rebuildRollups = defineCommand({
  name: 'rebuild-rollups',
  help,
  flags,
  needs: 'store',
  run: rebuildOnce,
})

/** What rebuilding came to. */
interface Rebuilding {
  since: Date
  until: Date
  /** Where it began: later than `since` where the results before it are pruned, null where all are. */
  rebuiltFrom: Date | null
  /** Up to where it came. */
  rebuiltUntil: Date | null
}

async function rebuildOnce(
  { since, until: asked, json }: z.output<typeof flags>,
  { app, store, streams: { stdout, stderr } }: { app: App; store: Store; streams: Streams },
): Promise<number> {
  const latest = new Date(app.clock.date().getTime() + dayMs)
  const until = asked !== null && asked < latest ? asked : latest
  if (since >= until) throw new StoreError('invalid', `--since ${since.toISOString()} lies in the future`)
  const tell = (day: Date) => {
    if (stderr.isTTY) stderr.write(`\r\u001b[K${day.toISOString().slice(0, 10)}`)
  }
  return stoppable(async ({ stop }) => {
    const done = await rebuild(store, { since, until, stop }, tell)
    if (stderr.isTTY) stderr.write('\r\u001b[K')
    stdout.write(json ? `${JSON.stringify(toColumns(done), null, 2)}\n` : `${sentence(done)}\n`)
    if (stop.aborted) return exitCode.interrupted
    return done.rebuiltFrom === null ? exitCode.usage : exitCode.ok
  })
}

/** Day by day, each in a transaction of its own: whoever records waits for a day at most. */
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
    return `nothing was made again: everything before ${until.toISOString()} is final, since its results are pruned`
  const made = `rollups from ${rebuiltFrom.toISOString()} to ${rebuiltUntil.toISOString()} were made again`
  // A range begins with a whole hour, which is not later than what was asked for.
  return rebuiltFrom > since ? `${made}; those before are final, since their results are pruned` : made
}
