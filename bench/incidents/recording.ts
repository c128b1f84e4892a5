import { setTimeout } from 'node:timers/promises'
import { loadavg } from 'node:os'
import { fillDemo } from '../../src/cli/fill-demo.ts'
import { percentile } from '../../src/core/statistics.ts'
import { openAlerting } from '../../src/jobs/alerting.ts'
import { recorded } from '../../src/run/recorder.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import type { Store } from '../../src/store/store.ts'
import { resultsOf } from '../../test/support/alert-results.ts'
import { testApp } from '../../test/support/app.ts'
import { startPostgres } from '../../test/support/postgres.ts'
import { migrate, readMigrations } from '../../src/store/migrate.ts'
import { atMost, type Goal, median, round } from '../goals.ts'
import type { Part } from '../parts.ts'

const region = 'local'
/** Between two results, in ms: a call takes at least as long. */
const pauseMs = 30
/** Rounds, each with and without judging. */
const rounds = 3

/** A store that counts its calls. */
function counting(store: Store): { store: Store; calls: () => number } {
  let calls = 0
  const counted = Object.fromEntries(
    Object.entries(store).map(([name, call]: [string, (...input: never[]) => unknown]) => [
      name,
      (...input: never[]) => {
        calls += 1
        return call(...input)
      },
    ]),
  ) as unknown as Store
  return { store: counted, calls: () => calls }
}

/** How long recording takes, result by result, in ms; judged beside the next, as threads measure, or not at all. */
async function recordAll(store: Store, { results, judged }: { results: number; judged: boolean }) {
  const judging = counting(store)
  const alerting = openAlerting(judging.store, testApp({}, store), { inThreads: true, saves: false })
  const took: number[] = []
  const timed: Store = {
    ...store,
    recordResult: async (input) => {
      const from = performance.now()
      const answer = await store.recordResult(input)
      took.push(performance.now() - from)
      if (judged) void alerting.watch(recorded(input, answer))
      return answer
    },
  }
  const { newTarget, record } = resultsOf(timed)
  const target = newTarget()
  for (let index = 0; index < results; index += 1) {
    await record(target, region, { minutesAgo: 15 * (results - index) })
    await setTimeout(pauseMs)
  }
  return { took, calls: judging.calls() }
}

/** What judging adds to recording, on a Postgres with weeks of results. */
export const recording: Part = async ({ short, say }) => {
  const server = await startPostgres()
  const sql = await openPostgres(server.url)
  await migrate(sql, readMigrations())
  say('recording: filling a database')
  const size = short ? { targets: 5, days: 8, seed: 1 } : { targets: 60, days: 30, seed: 1 }
  const n = await fillDemo(sql, size, { now: new Date(), tell: () => undefined })
  const store = createSqlStore(await openPostgres(server.url))
  const results = short ? 20 : 150
  await recordAll(store, { results: 20, judged: true })
  const alone: number[] = []
  const beside: number[] = []
  let calls = 0
  for (let made = 0; made < rounds; made += 1) {
    say(`recording: round ${made + 1} of ${rounds}`)
    alone.push(percentile((await recordAll(store, { results, judged: false })).took, 0.5) ?? NaN)
    const judged = await recordAll(store, { results, judged: true })
    beside.push(percentile(judged.took, 0.5) ?? NaN)
    calls += judged.calls
  }
  await store.close()
  await sql.close()
  await server.stop()
  const ratio = median(beside.map((ms, index) => ms / (alone[index] ?? NaN)))
  const goals: Goal[] = [
    atMost('calls of the database for each result that is judged', 1.05, calls / (rounds * results)),
    atMost('recording, judged beside it / not judged', 1.1, ratio),
  ]
  const figure = {
    results: n,
    recorded: rounds * results,
    'record p50 ms': round(median(alone)),
    'judged beside p50 ms': round(median(beside)),
    ratio: round(ratio),
    'calls for a result': round(calls / (rounds * results)),
    load: loadavg().map(round).join(' '),
  }
  return { figures: [figure], goals }
}
