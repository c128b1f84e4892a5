import { z } from 'zod'
import { toJsonText } from '../core/json.ts'
import type { App } from '../jobs/app.ts'
import { type RefreshRequest, startRefresh } from '../jobs/leaderboards.ts'
import { defineCommand } from './command.ts'
import { exitCode } from './exit-code.ts'
import { yes } from './flags.ts'
import { stoppable } from './stop.ts'
import type { Streams } from './streams.ts'

const help = `Rebuild the leaderboards from the rollups.

Usage: pnpm tsx scripts/refresh-leaderboards.ts [options]

  --all                 all of them: otherwise those of the last day and week once an hour, that of the month once a day
  --json                one JSON document on stdout, nothing else
  --help                this text

The scheduler and /api/cron/leaderboards do the same once an hour. It goes in small steps, beside which results are recorded, and
can be stopped at any time: the next one continues.

Exit codes: 0 done, 2 bad usage or configuration, 3 the database failed on the way, 130 interrupted.
`

const flags = z.object({ all: yes, json: yes })

/** `refresh-leaderboards`: rebuilds the leaderboards by hand, or from cron. */
export const refreshLeaderboards = defineCommand({
  name: 'refresh-leaderboards',
  help,
  flags,
  needs: 'app',
  run: ({ all, json }, { app, streams }) =>
    runRefresh({ periods: all ? ['24h', '7d', '30d'] : null }, app, { streams, json }),
})

/** What to rebuild: null for what is due; `end` stops it as a person can. */
type RefreshOptions = Pick<RefreshRequest, 'periods'> & { end?: AbortSignal }

/** Rebuilds leaderboards, says which, and returns the exit code. Rejects with StoreError. */
export async function runRefresh(
  { periods, end }: RefreshOptions,
  app: App,
  { streams: { stdout }, json }: { streams: Streams; json: boolean },
): Promise<number> {
  const refreshing = await stoppable(({ stop }) =>
    startRefresh({ periods, stop: AbortSignal.any([stop, ...(end === undefined ? [] : [end])]) }, app),
  )
  const { refreshed, done } = refreshing
  const names = refreshed.length === 0 ? 'no leaderboard' : `the leaderboards of ${refreshed.join(', ')}`
  stdout.write(json ? `${toJsonText(refreshing, 2)}\n` : `rebuilt ${names}${done ? '' : '; there is more'}\n`)
  return done ? exitCode.ok : exitCode.interrupted
}
