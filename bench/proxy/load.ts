import { loadavg } from 'node:os'
import { percentile } from '../../src/core/statistics.ts'
import { command } from '../../test/support/command.ts'
import { startPostgres } from '../../test/support/postgres.ts'
import { atLeast, atMost, type Goal, median, round } from '../goals.ts'
import type { Found, Part, Setting } from '../parts.ts'
import { cpuSecondsOf } from '../serving/cpu.ts'
import type { Load, Timed } from './answers.ts'
import { startClients } from './client.ts'
import { rowsOf } from './rows.ts'
import { forkListener, type MaybeWay, peakMiB, startLiteLlm, startOurs, type Way } from './ways.ts'

// What a proxy adds, by the clock of the machine: how long a request was on its way to the upstream and its tokens on their
// way back, through each proxy less directly. All take turns in every round.

/** What was measured of a way in a round. */
interface Taken {
  way: string
  timed: Timed[]
  /** CPU ms of the proxy for 1,000 events. */
  cpuMs: number
  /** Share of a core that the clients and the upstream together, and the busiest of them, were busy. */
  harness: { all: number; busiest: number }
}

/** As few events a second as LiteLLM can pass on: a queue would be measured otherwise. Streams begin one by one, as clients do. */
const loads: Readonly<Record<string, Load>> = {
  1: { streams: 1, answers: 20, frames: 50, delayMs: 5, withinMs: 0 },
  16: { streams: 16, answers: 2, frames: 150, delayMs: 20, withinMs: 3000 },
  128: { streams: 128, answers: 1, frames: 60, delayMs: 100, withinMs: 5000 },
  512: { streams: 512, answers: 1, frames: 20, delayMs: 400, withinMs: 6000 },
}

/**
 * For the compilers: each way gets it before the first round. What runs once in a request is compiled to the end after some
 * thousand calls, and a proxy that has just started is not what is measured.
 */
const warmUp: Load = { streams: 16, answers: 150, frames: 10, delayMs: 2, withinMs: 100 }

/** The part that measures so many streams at once. */
export const loadPart =
  (streams: number): Part =>
  async (setting) => {
    const load = loads[streams]
    if (load === undefined) throw new Error(`there is no load of ${streams} streams`)
    const { ways, skipped, env, close } = await startWays(setting)
    try {
      const rounds = await takeRounds(ways, { load, rounds: setting.short ? 2 : 5 }, setting)
      const overheads = await rowsOf('overhead_before_ms + overhead_first_ms', setting.cwd, env)
      const rows = ways.map((way) => rowOf(way, { rounds, overheads }))
      return {
        figures: [...rows.map((row) => shown(streams, row)), ...skipped],
        goals: [wholeGoal(rounds, load), ...(streams === 16 ? goalsOf(rows) : [])],
      }
    } finally {
      await close()
    }
  }

/** The database is a process of its own: what it does is no CPU of the proxy. */
async function startWays({ cwd, say }: Setting) {
  const postgres = await startPostgres()
  const env = { DATABASE_URL: postgres.url }
  await command('migrate.ts', [], { cwd, env })
  const upstream = await forkListener('./upstream-process.ts', 'direct')
  const ways: Way[] = [upstream]
  const close = async () => {
    await Promise.all(ways.map((way) => way.close()))
    await postgres.stop()
  }
  const skipped: Found['figures'] = []
  const starts: (() => Promise<MaybeWay>)[] = [
    () => startOurs(`http://127.0.0.1:${upstream.port}`, cwd, env),
    () => forkListener('./pipe-process.ts', 'plain pipe', [`${upstream.port}`]),
    () => startLiteLlm(upstream.port, cwd),
  ]
  try {
    for (const startOne of starts) {
      const way = await startOne()
      if ('skipped' in way) {
        say(`${way.name}: ${way.skipped}`)
        skipped.push({ way: way.name, skipped: way.skipped })
      } else ways.push(way)
    }
  } catch (error) {
    await close()
    throw error
  }
  return { ways, skipped, env, close }
}

async function takeRounds(
  ways: readonly Way[],
  { load, rounds }: { load: Load; rounds: number },
  { say }: Setting,
): Promise<Taken[][]> {
  const client = startClients(load.streams)
  const harness = [...client.pids, ...ways.slice(0, 1).map(({ pid }) => pid)]
  const take = async (way: Way, { load: asked, turn }: { load: Load; turn: number }): Promise<Taken> => {
    const cpu = cpuMeter([way.pid, ...harness])
    const timed = await client.ask({ ...asked, port: way.port, round: turn })
    const { seconds, wall } = cpu()
    const [spent = NaN, ...theirs] = seconds
    const busy = theirs.map((each) => each / wall)
    return {
      way: way.name,
      timed,
      cpuMs: (1e6 * spent) / (timed.length * asked.frames),
      harness: { all: busy.reduce((sum, each) => sum + each, 0), busiest: Math.max(...busy) },
    }
  }
  try {
    for (const way of ways) {
      await take(way, { load: warmUp, turn: 0 })
      say(`${way.name} is warm`)
    }
    const all: Taken[][] = []
    for (let turn = 1; turn <= rounds; turn += 1) {
      const taken: Taken[] = []
      for (const way of ways) taken.push(await take(way, { load, turn }))
      say(`round ${turn} of ${rounds}, load ${loadavg().map(round).join(', ')}`)
      all.push(taken)
    }
    return all
  } finally {
    await client.close()
  }
}

/** Gives the CPU seconds that each of these processes has used since, and those of the wall. */
function cpuMeter(pids: readonly number[]) {
  const read = () => pids.map((pid) => cpuSecondsOf(pid) ?? NaN)
  const before = read()
  const from = performance.now()
  return () => ({
    seconds: read().map((now, index) => now - (before[index] ?? NaN)),
    wall: (performance.now() - from) / 1000,
  })
}

/** Of one way: medians of rounds, in ms; percentiles of a round less those of the direct way in the same round. */
interface Row {
  way: string
  first: [p50: number, p95: number, p99: number]
  later: [p50: number, p95: number, p99: number]
  cpuMs: number
  harness: Taken['harness']
  peakMiB: number
  /** Median of what our rows say less what was measured; null for others. */
  ownMs: number | null
}

const at = (values: readonly number[], p: number): number => percentile(values, p) ?? NaN

interface Seen {
  rounds: readonly (readonly Taken[])[]
  overheads: ReadonlyMap<string, number>
}

function rowOf({ name, pid }: Way, { rounds, overheads }: Seen): Row {
  const pairs = rounds.map((round_) => ({
    through: round_.find(({ way }) => way === name),
    direct: round_[0],
  }))
  const added = (p: number, of: (taken: Taken) => number[]) =>
    median(
      pairs.map(({ through, direct }) => at(through ? of(through) : [], p) - at(direct ? of(direct) : [], p)),
    )
  const first = (taken: Taken) => taken.timed.map(({ firstMs }) => firstMs)
  const later = (taken: Taken) => taken.timed.flatMap(({ laterMs }) => laterMs)
  const three = (of: (taken: Taken) => number[]) =>
    [added(0.5, of), added(0.95, of), added(0.99, of)] satisfies Row['first']
  const own = pairs.flatMap(({ through }) => {
    const ids = through?.timed.flatMap(({ id }) => id ?? []) ?? []
    const known = ids.flatMap((id) => overheads.get(id) ?? [])
    return known.length === 0 ? [] : [at(known, 0.5)]
  })
  return {
    way: name,
    first: three(first),
    later: three(later),
    cpuMs: median(pairs.map(({ through }) => through?.cpuMs ?? NaN)),
    harness: {
      all: median(pairs.map(({ through }) => through?.harness.all ?? NaN)),
      busiest: median(pairs.map(({ through }) => through?.harness.busiest ?? NaN)),
    },
    peakMiB: peakMiB(pid),
    ownMs: own.length === 0 ? null : median(own),
  }
}

/** Whoever gets half an answer, or an error, ends the bench: it has come to this with all of them. */
function wholeGoal(rounds: readonly (readonly Taken[])[], { streams, answers }: Load): Goal {
  const all = rounds.flat()
  const whole = all.reduce((sum, { timed }) => sum + timed.length, 0)
  return atLeast('answers that came whole, of every way', all.length * streams * answers, whole)
}

const shown = (streams: number, row: Row): Record<string, unknown> => ({
  way: row.way,
  streams,
  'added TTFT p50': round(row.first[0]),
  p95: round(row.first[1]),
  p99: round(row.first[2]),
  'added a token p50': round(row.later[0]),
  'token p95': round(row.later[1]),
  'token p99': round(row.later[2]),
  'CPU ms of 1,000 events': round(row.cpuMs),
  'peak MiB': Math.round(row.peakMiB),
  'own overhead p50': row.ownMs === null ? '' : round(row.ownMs),
  'cores of the harness': round(row.harness.all),
  'of its busiest process': round(row.harness.busiest),
})

function goalsOf(rows: readonly Row[]): Goal[] {
  const of = (name: string) => rows.find(({ way }) => way === name)
  const [ours, pipe, lite] = [of('firsttoken'), of('plain pipe'), of('LiteLLM')]
  if (ours === undefined || pipe === undefined) return []
  return [
    atMost('added TTFT p50, ours / plain pipe, 16 streams', 1.5, ours.first[0] / pipe.first[0]),
    atMost('CPU, ours / plain pipe, 16 streams', 1.4, ours.cpuMs / pipe.cpuMs),
    atMost(
      'ms by which added TTFT differs from our overhead and what a plain pipe adds',
      0.2,
      Math.abs(ours.first[0] - (ours.ownMs ?? NaN) - pipe.first[0]),
    ),
    ...(lite === undefined
      ? []
      : [atLeast('added TTFT p50, LiteLLM / ours, 16 streams', 10, lite.first[0] / ours.first[0])]),
  ]
}
