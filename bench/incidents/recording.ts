import { setTimeout } from 'node:timers/promises'
import { loadavg } from 'node:os'
import { fillDemo } from '../../src/cli/fill-demo.ts'
import { percentile } from '../../src/core/statistics.ts'
import { openAlerting } from '../../src/jobs/alerting.ts'
import type { Store } from '../../src/store/store.ts'
import { resultsOf } from '../../test/support/alert-results.ts'
import { testApp } from '../../test/support/app.ts'
import { gated } from '../../test/support/mortal-store.ts'
import { atMost, type Goal, median, round } from '../goals.ts'
import type { Part } from '../parts.ts'
import { recordingTo } from './recording-to.ts'
import { openPostgresStore } from './stores.ts'

const region = 'local'
/** Between two results, in ms: a call takes at least as long. */
const pauseMs = 30
/** Rounds, each with and without judging. */
const rounds = 3

/** How long recording takes, result by result, and the CPU of this process for each, in ms; judged beside the next, as threads measure, or not at all. */
async function recordAll(store: Store, { results, judged }: { results: number; judged: boolean }) {
  let calls = 0
  const counted = gated(store, (_method, _args, call) => {
    calls += 1
    return call()
  })
  const alerting = openAlerting(counted, testApp({}, store), { inThreads: true, saves: false })
  const took: number[] = []
  const timed = recordingTo(store, (event, ms) => {
    took.push(ms)
    if (judged) void alerting.watch(event)
  })
  const { newTarget, record } = resultsOf(timed)
  const target = newTarget()
  const before = process.cpuUsage()
  for (let index = 0; index < results; index += 1) {
    await record(target, region, { minutesAgo: 15 * (results - index) })
    await setTimeout(pauseMs)
  }
  const { user, system } = process.cpuUsage(before)
  return { took, calls, cpuMs: (user + system) / 1000 / results }
}

/** What judging adds to recording, on a Postgres with weeks of results. */
export const recording: Part = async ({ short, say }) => {
  const { store, sql, close } = await openPostgresStore()
  say('recording: filling a database')
  const size = short ? { targets: 5, days: 8, seed: 1 } : { targets: 60, days: 30, seed: 1 }
  const n = await fillDemo(sql, size, { now: new Date(), tell: () => undefined })
  const results = short ? 20 : 150
  await recordAll(store, { results: 20, judged: true })
  const alone: number[] = []
  const beside: number[] = []
  const cpu: { alone: number; beside: number }[] = []
  let calls = 0
  for (let made = 0; made < rounds; made += 1) {
    say(`recording: round ${made + 1} of ${rounds}`)
    const bare = await recordAll(store, { results, judged: false })
    const judged = await recordAll(store, { results, judged: true })
    alone.push(percentile(bare.took, 0.5) ?? NaN)
    beside.push(percentile(judged.took, 0.5) ?? NaN)
    cpu.push({ alone: bare.cpuMs, beside: judged.cpuMs })
    calls += judged.calls
  }
  await close()
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
    'record cpu ms': round(median(cpu.map((each) => each.alone))),
    'judged beside cpu ms': round(median(cpu.map((each) => each.beside))),
    'calls for a result': round(calls / (rounds * results)),
    load: loadavg().map(round).join(' '),
  }
  return { figures: [figure], goals }
}
