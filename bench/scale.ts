import { parseArgs } from 'node:util'
import { atLeast, atMost, printBench, round } from './goals.ts'
import { openFleet } from './scale/fleet.ts'
import {
  measureClaim,
  measureClosing,
  measureRanking,
  measureRecheck,
  measureRefresh,
  measureStart,
} from './scale/measure.ts'
import { measureWrites } from './scale/writes.ts'

// What the database does for a fleet, at a whole day of it, each beside what its function did before on the
// same server: 10,000 targets in three regions, a call every 15 minutes, 2.9 million results. Loading takes
// some minutes. Recording is measured for so many seconds, by one writer, four and eight.
const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    tracks: { type: 'string', default: '30000' },
    seconds: { type: 'string', default: '60' },
  },
})
const tracks = Number(values.tracks)
const began = performance.now()
const say = (message: string) =>
  process.stderr.write(`${Math.round((performance.now() - began) / 1000)} s  ${message}\n`)

const inList = Math.ceil(tracks / 3)
const fleet = await openFleet(tracks, say)
try {
  const start = await measureStart(fleet, 1000)
  say('start_run is measured')
  const claim = await measureClaim(fleet, inList)
  say('claim_probe is measured')
  const writes = await measureWrites(fleet, Number(values.seconds))
  say('recording is measured')
  const recheck = await measureRecheck(fleet.url)
  say('rechecks are measured')
  const closing = await measureClosing(fleet.url)
  say('closing is measured')
  const refresh = await measureRefresh(fleet.url)
  say('refreshing is measured')
  const ranking = await measureRanking(fleet.url, inList)
  const timesAsFast = (what: string) => {
    const rates = writes.find(({ name }) => name === `${what}, 4 writers`)
    return rates === undefined ? 0 : rates.now / rates.before
  }
  printBench({
    name: `a day of ${tracks} tracks, ${tracks * 96} results`,
    figures: [
      { name: 'recheck, ms', now: round(recheck.now), before: round(recheck.before) },
      { name: 'recordings of 20 that wait for an open recheck', ...recheck.waited },
      {
        name: `ranking a list of ${ranking.few}, ms`,
        now: round(ranking.fewNow),
        before: round(ranking.fewBefore),
      },
      { name: `publishing a list of ${inList}, ms`, now: round(ranking.once) },
      { name: `publishing a list of ${2 * inList}, ms`, now: round(ranking.twice) },
      { name: `refreshing all leaderboards: ${refresh.steps} steps, ms`, now: round(refresh.total) },
      { name: 'its longest step, ms', now: round(refresh.longest) },
      {
        name: 'start_run of 1000, the first in a database, ms',
        now: round(start.now.first),
        before: round(start.before.first),
      },
      {
        name: 'start_run of 1000, the next ones, ms',
        now: round(start.now.next),
        before: round(start.before.next),
      },
      { name: 'claim_probe, ms', now: round(claim.any) },
      { name: 'claim_probe by provider, ms', now: round(claim.provider) },
      { name: 'finding the next probe before, ms', before: round(claim.anyBefore) },
      { name: 'finding the next probe by provider before, ms', before: round(claim.providerBefore) },
      { name: 'the lock of a day to close a part of it, ms', ...rounded(closing) },
      ...writes.map(({ name, ...rates }) => ({ name: `${name}, results/s`, ...rounded(rates) })),
    ],
    goals: [
      atLeast('recheck, times as fast as before', 50, recheck.before / recheck.now),
      atMost('recordings that wait for an open recheck', 0, recheck.waited.now),
      atMost('publishing twice as many tracks over once', 2.3, ranking.twice / ranking.once),
      atMost('recordings that wait for a step of a refresh', 0, refresh.waited),
      atMost('longest step of a refresh, ms', 5000, refresh.longest),
      atMost('refreshing all leaderboards, s', 60, refresh.total / 1000),
      atMost('start_run of 1000, the first, over before', 0.2, start.now.first / start.before.first),
      atMost('start_run of 1000, the next, over before', 0.2, start.now.next / start.before.next),
      atMost('claim by provider over claim', 1.5, claim.provider / claim.any),
      atMost('the lock of a day to close it, over before', 0.2, closing.now / closing.before),
      atLeast('record_result, 4 writers, times as fast as before', 1.2, timesAsFast('record_result')),
      atLeast('claim and record, 4 writers, times as fast as before', 1.8, timesAsFast('claim and record')),
    ],
  })
} finally {
  await fleet.stop()
}

function rounded({ now, before }: { now: number; before: number }) {
  return { now: round(now), before: round(before) }
}
