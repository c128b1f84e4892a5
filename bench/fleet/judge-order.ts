import type { Sql } from '../../src/store/connection.ts'
import { percentile as percentileOf, summarize } from '../../src/core/statistics.ts'
import { windowsOf } from '../../src/fleet/spread.ts'
import { atMost, round } from '../goals.ts'
import { figuresOf, type Judged } from './judged.ts'
import type { SeenCall } from './provider.ts'
import type { Evidence } from './simulate.ts'

/** How long a window is at most, in ms: about a minute. */
const windowMs = 90_000
/**
 * Providers stand in their places by chance; of 60, in 12 windows each, the farthest is beyond this in one of a hundred
 * simulations: 60 times what Student's t with 11 degrees of freedom has beyond 5.6 on both sides.
 */
const mostErrors = 5.6
/** In how many windows a provider is seen at least. */
const fewestWindows = 11

/** A call of a shard that nobody lost and no pause delayed, and when its window was. */
interface Undisturbed {
  call: SeenCall
  windowAt: number
}

/** Whether providers of a model are called in one window, in an order that does not depend on the provider; and how late. */
export async function judgeOrder({ calls, slots, world }: Evidence, sql: Sql): Promise<Judged> {
  const { rows } = await sql.query(
    `select p.id, s.window_at, s.run_id || ' ' || s.region || ' ' || s.shard as shard
      from public.probes p
        join public.shards s on s.run_id = p.run_id and s.region = p.region and s.shard = p.shard
      where s.takes = 1 and p.confirms is null`,
  )
  const ofProbe = new Map(
    rows.map(({ id, window_at: at, shard }) => [
      String(id),
      { windowAt: new Date(String(at)).getTime(), shard: String(shard) },
    ]),
  )
  const undisturbed = calls.flatMap((call) => {
    const known = ofProbe.get(call.probe)
    return known ? [{ call, ...known }] : []
  })
  const begins = [...Map.groupBy(undisturbed, ({ shard }) => shard).values()].map((of) =>
    Math.min(...of.map(({ call, windowAt }) => call.began - windowAt)),
  )
  const slotOf = ({ began }: SeenCall) => slots.findLastIndex(({ at }) => at.getTime() <= began)
  const together = [
    ...Map.groupBy(undisturbed, ({ call }) => `${slotOf(call)} ${call.region} ${call.model}`).values(),
  ].filter(({ length }) => length > 1)
  const spreads = together.map((of) => spreadOf(of.map(({ call }) => call.began)))
  // In the first slot workers die, and what they had begun comes later.
  const known = together.filter(([first]) => first && (slotOf(first.call) > 0 || slots.length === 1))
  const windowOf = ({ call, windowAt }: Undisturbed): string => {
    const slot = slots[slotOf(call)]
    if (slot === undefined) return ''
    const { lengthMs } = windowsOf({ slot: slot.at, lateAt: slot.lateAt })
    return `${slot.at.getTime()} ${Math.floor((windowAt - slot.at.getTime()) / lengthMs)}`
  }
  const deviation = farthest(known, { world, windowOf })
  return {
    figures: [
      { name: 'shards begin after their window, s', ...percentiles(begins) },
      { name: 'all providers of a model begin within, s', ...percentiles(spreads) },
      ...figuresOf('provider that is farthest from the middle', deviation),
    ],
    goals: [
      atMost('p99 of the lateness of shards, s', windowMs / 1000, percentile(begins, 0.99) / 1000),
      atMost(
        'p99 from the first to the last provider of a model, s',
        (2 * windowMs) / 1000,
        percentile(spreads, 0.99) / 1000,
      ),
      atMost(
        'median from the first to the last provider of a model, s',
        windowMs / 1000,
        percentile(spreads, 0.5) / 1000,
      ),
      atMost('standard errors of the farthest provider from the middle', mostErrors, Math.abs(deviation.t)),
    ],
  }
}

const percentile = (ms: readonly number[], p: number): number => percentileOf(ms, p) ?? NaN

const spreadOf = (times: readonly number[]): number => Math.max(...times) - Math.min(...times)

const percentiles = (ms: readonly number[]) => ({
  p50: round(percentile(ms, 0.5) / 1000),
  p90: round(percentile(ms, 0.9) / 1000),
  p99: round(percentile(ms, 0.99) / 1000),
  most: round(Math.max(...ms) / 1000),
})

/**
 * The place of each provider among those of a model, from -1/2 to 1/2, summed over the models of a window: calls of a
 * shard follow each other, and regions spread alike, so that only windows are independent. Gives the provider whose mean
 * is the most standard errors from 0.
 */
function farthest(
  together: readonly Undisturbed[][],
  { world, windowOf }: { world: Evidence['world']; windowOf: (first: Undisturbed) => string },
) {
  const sums = new Map(world.providers.map(({ id }) => [id, new Map<string, number>()]))
  for (const of of together) {
    const inOrder = of.toSorted((a, b) => a.call.began - b.call.began)
    const [first] = inOrder
    const window = first === undefined ? '' : windowOf(first)
    for (const [place, { call }] of inOrder.entries()) {
      const own = sums.get(call.provider)
      own?.set(window, (own.get(window) ?? 0) + (place + 0.5) / of.length - 0.5)
    }
  }
  return [...sums]
    .filter(([, { size }]) => size >= fewestWindows)
    .map(([provider, ofWindows]) => ({
      provider,
      t: errorsFromZero([...ofWindows.values()]),
      n: ofWindows.size,
    }))
    .reduce((far, each) => (Math.abs(each.t) > Math.abs(far.t) ? each : far), { provider: '', t: 0, n: 0 })
}

/** How many standard errors the mean of values is from 0: Student's t. */
function errorsFromZero(values: readonly number[]): number {
  const { n, mean, sd } = summarize(values)
  return ((mean ?? 0) / (sd ?? NaN)) * Math.sqrt(n)
}
