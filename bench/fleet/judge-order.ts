import type { Sql } from '../../src/store/connection.ts'
import { percentile as percentileOf } from '../../src/core/statistics.ts'
import { atMost, round } from '../goals.ts'
import { figuresOf, type Judged } from './judged.ts'
import type { SeenCall } from './provider.ts'
import type { Evidence } from './simulate.ts'

/** How long a window is at most, in ms: about a minute. */
const windowMs = 90_000
/** Providers stand in their places by chance; of 60 the farthest is beyond this once in a few thousand simulations. */
const mostDeviations = 4.5

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
  const deviation = farthest(together, world)
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
      atMost(
        'standard deviations of the farthest provider from the middle',
        mostDeviations,
        Math.abs(deviation.z),
      ),
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
 * The place of each provider among those of a model, from 0 to 1, summed over models: with m in random order the mean is 1/2
 * and the variance (1 - 1/m^2) / 12.
 */
function farthest(together: readonly Undisturbed[][], { providers }: Evidence['world']) {
  const sums = new Map(providers.map(({ id }) => [id, { sum: 0, variance: 0, n: 0 }]))
  for (const of of together) {
    const inOrder = of.toSorted((a, b) => a.call.began - b.call.began)
    for (const [place, { call }] of inOrder.entries()) {
      const own = sums.get(call.provider)
      if (own === undefined) continue
      own.sum += (place + 0.5) / of.length - 0.5
      own.variance += (1 - 1 / of.length ** 2) / 12
      own.n += 1
    }
  }
  return [...sums]
    .filter(([, { n }]) => n >= 20)
    .map(([provider, { sum, variance, n }]) => ({ provider, z: sum / Math.sqrt(variance), n }))
    .reduce((far, each) => (Math.abs(each.z) > Math.abs(far.z) ? each : far), { provider: '', z: 0, n: 0 })
}
