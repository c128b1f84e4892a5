import { calls, inStore, measured, slots, tracks, uuid, type Call } from './history-calls.ts'

/** A call as the queries see it. */
interface Seen {
  at: Date
  provider: string
  model: string
  region: string
  series: string
  error: string | null
  /** Whether it counts for uptime: no recheck, and no error of the account. */
  isCheck: boolean
  /** Whether its recheck passed: only the one server_error of Together AI. */
  isCleared: boolean
  isRecheck: boolean
  ttft: number
  tps: number
  latency: number
  cost: number | null
  id: string
  run: string
}

const accountErrors = ['quota', 'rate_limited']

const slotNumber = (slot: Date) =>
  [...slots.early, ...slots.daily, ...slots.hourly].findIndex(
    (each) => each.slot.getTime() === slot.getTime(),
  )

function seen(each: Call, index: number): Seen {
  const { provider, model, region, cost } = tracks[each.track]
  const { ttft, tps, latency } = measured(each.track, each.i)
  const failed = each.error !== null
  // Run 1 is the one at 11:30, run 2 the one at 12:00; results are numbered like their probes.
  const run = each.slot.getTime() === Date.parse('2026-11-26T11:30:00Z') ? 1 : 2
  const place = run === 1 ? ['mini', 'groq', 'together'] : ['mini', 'fra', 'groq', 'together']
  const ordinal = each.isRecheck ? 6 : place.indexOf(each.track)
  return {
    at: each.at,
    provider,
    model,
    region,
    series: each.series,
    error: each.error,
    isCheck: !each.isRecheck && !accountErrors.includes(each.error ?? ''),
    isCleared: each.error === 'server_error',
    isRecheck: each.isRecheck,
    ttft,
    tps,
    latency: failed ? (each.error === 'timeout_first_token' ? 60_000 : 200) : latency,
    cost: failed ? null : cost,
    id: inStore(each) ? uuid(run * 100 + 50 + ordinal) : uuid(100_000 + index),
    run: inStore(each) ? uuid(run) : uuid(10_000 + slotNumber(each.slot)),
  }
}

const common = { region: 'iad1', series: 'series-1', isCheck: true, isCleared: false, isRecheck: false }
const kimi = { ...common, provider: 'together', model: 'moonshotai/Kimi-K2', ttft: 0, tps: 0, cost: null }
const free = {
  ...common,
  provider: 'openrouter',
  model: 'openai/gpt-oss-20b:free',
  error: null,
  run: uuid(3),
}

/** All calls except the synthetic provider's. */
const all: readonly Seen[] = [
  ...calls.map(seen),
  {
    ...kimi,
    at: new Date('2026-11-26T11:31:05Z'),
    error: 'timeout_first_token',
    latency: 60_000,
    id: uuid(153),
    run: uuid(1),
  },
  {
    ...kimi,
    at: new Date('2026-11-26T12:00:05Z'),
    error: 'server_error',
    latency: 200,
    id: uuid(254),
    run: uuid(2),
  },
  {
    ...free,
    at: new Date('2026-11-26T09:10:02Z'),
    ttft: 800,
    tps: 20,
    latency: 2000,
    cost: 0.0003,
    id: uuid(350),
  },
  {
    ...free,
    at: new Date('2026-11-26T09:10:10Z'),
    ttft: 900,
    tps: 22,
    latency: 2100,
    cost: null,
    id: uuid(351),
  },
]
const synthetic: Seen = {
  ...common,
  at: new Date('2026-11-26T10:05:01Z'),
  provider: 'synthetic',
  model: 'synthetic/steady',
  error: null,
  ttft: 10,
  tps: 1000,
  latency: 610,
  cost: 0,
  id: uuid(450),
  run: uuid(4),
}

const hourOf = ({ at }: Seen) => `${at.toISOString().slice(0, 13)}:00:00Z`
const dayOf = ({ at }: Seen) => at.toISOString().slice(0, 10)
const since = (moment: string) => (each: Seen) => each.at.getTime() >= Date.parse(moment)

/** Groups by a key of several parts and sorts by it: ascending, except the parts in `down`. */
function grouped(these: Iterable<Seen>, key: (each: Seen) => string[], down: number[]): [string[], Seen[]][] {
  const groups = Map.groupBy(these, (each) => key(each).join(' | '))
  return [...groups]
    .map(([text, rows]): [string[], Seen[]] => [text.split(' | '), rows])
    .toSorted(([one], [other]) => {
      const at = one.findIndex((part, index) => part !== other[index])
      const sign = (one[at] ?? '') < (other[at] ?? '') ? -1 : 1
      return down.includes(at) ? -sign : sign
    })
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
const mean = (values: number[]) => (values.length === 0 ? '' : (sum(values) / values.length).toFixed(1))
const sorted = (values: number[]) => values.toSorted((one, other) => one - other)
/** Linear interpolation between the two nearest ranks. */
function quantile(values: number[], fraction: number): number {
  const place = fraction * (values.length - 1)
  const [below = Number.NaN, above = below] = sorted(values).slice(Math.floor(place), Math.floor(place) + 2)
  return below + (above - below) * (place - Math.floor(place))
}
const median = (values: number[]) => (values.length === 0 ? '' : quantile(values, 0.5).toFixed(1))
const published = (values: number[], fraction: number, least: number) =>
  values.length < least ? '' : quantile(values, fraction).toFixed(1)
const deviation = (values: number[]) => {
  const middle = sum(values) / values.length
  return Math.sqrt(sum(values.map((value) => (value - middle) ** 2)) / (values.length - 1)).toFixed(1)
}

const samples = (rows: Seen[]) => rows.filter((row) => row.error === null && !row.isRecheck)
const checks = (rows: Seen[]) => rows.filter(({ isCheck }) => isCheck)
const failures = (rows: Seen[]) => checks(rows).filter(({ error, isCleared }) => error !== null && !isCleared)
const counts = (rows: Seen[]) => [checks(rows).length, failures(rows).length].map(String)
const costOf = (rows: Seen[]) => sum(rows.map(({ cost }) => cost ?? 0))
const answers = (rows: Seen[]) => rows.filter(({ error }) => error === null).length

const byTrack = ({ provider, model, region, series }: Seen) => [provider, model, region, series]

/** The long answers, computed from the individual calls. */
export const longAnswers: Record<string, () => (readonly string[])[]> = {
  results: () =>
    [...all, synthetic]
      .toSorted((one, other) => other.at.getTime() - one.at.getTime())
      .slice(0, 100)
      .map((row) => [
        row.at.toISOString().replace('.000', ''),
        row.provider,
        row.model,
        row.region,
        row.error ?? 'ok',
        ...(row.error === null ? [row.ttft.toFixed(1), row.tps.toFixed(1)] : ['', '']),
        row.latency.toFixed(1),
        ...(row.error === null ? ['500', '100'] : ['', '']),
        row.cost === null ? '' : row.cost.toFixed(8),
        'ok',
        row.id,
        row.run,
      ]),
  'hourly-trend': () =>
    grouped(all.filter(since('2026-11-19')), (each) => [hourOf(each), each.region, each.series], [0]).map(
      ([key, rows]) => [
        ...key,
        String(rows.length),
        ...counts(rows),
        mean(samples(rows).map(({ ttft }) => ttft)),
        mean(samples(rows).map(({ tps }) => tps)),
        mean(samples(rows).map(({ latency }) => latency)),
      ],
    ),
  'hourly-trend-of-model': () =>
    grouped(
      all.filter(since('2026-11-19')).filter(({ model }) => model === 'gpt-4o-mini'),
      (each) => [hourOf(each), each.provider, each.region, each.series],
      [0],
    ).map(([key, rows]) => [
      ...key,
      String(samples(rows).length),
      mean(samples(rows).map(({ ttft }) => ttft)),
      median(samples(rows).map(({ ttft }) => ttft)),
      median(samples(rows).map(({ tps }) => tps)),
      median(samples(rows).map(({ latency }) => latency)),
      ...counts(rows),
      costOf(rows).toFixed(8),
    ]),
  'daily-trend-of-model': () =>
    grouped(
      all.filter(since('2026-10-27')).filter(({ model }) => model === 'gpt-4o-mini'),
      (each) => [dayOf(each), each.provider, each.region, each.series],
      [0],
    ).map(([key, rows]) => [
      ...key,
      String(samples(rows).length),
      median(samples(rows).map(({ ttft }) => ttft)),
      published(
        samples(rows).map(({ ttft }) => ttft),
        0.95,
        59,
      ),
      median(samples(rows).map(({ tps }) => tps)),
      median(samples(rows).map(({ latency }) => latency)),
      published(
        samples(rows).map(({ latency }) => latency),
        0.95,
        59,
      ),
      ...counts(rows),
      costOf(rows).toFixed(8),
    ]),
  'cost-by-day': () =>
    grouped(all.filter(since('2026-10-27')), (each) => [dayOf(each)], [0]).map(([key, rows]) => [
      ...key,
      costOf(rows).toFixed(6),
      String(rows.length),
      String(500 * answers(rows)),
      String(100 * answers(rows)),
      String(rows.filter(({ error, cost }) => error === null && cost === null).length),
    ]),
  'uptime-by-day': () =>
    grouped(
      checks([...all.filter(since('2026-10-27')), synthetic]),
      (each) => [dayOf(each), ...byTrack(each)],
      [0],
    )
      .map(([key, rows]) => {
        const failed = failures(rows).length
        const percent = Math.floor((10_000 * (rows.length - failed)) / rows.length) / 100
        return [...key, String(rows.length), String(failed), percent.toFixed(2)]
      })
      // The worst first within a day.
      .toSorted(
        (one, other) =>
          (one[0] ?? '').localeCompare(other[0] ?? '') * -1 || Number(one.at(-1)) - Number(other.at(-1)),
      ),
  percentiles: () => {
    const metrics = {
      latency: (row: Seen) => row.latency,
      tps: (row: Seen) => row.tps,
      ttfa: (row: Seen) => row.ttft + 50,
      ttft: (row: Seen) => row.ttft,
    }
    return Object.entries(metrics).flatMap(([metric, value]) =>
      grouped(samples(all.filter(since('2026-11-19'))), byTrack, [])
        .map(([[provider = '', model = '', region = '', series = ''], rows]) => {
          const values = rows.map(value)
          return [
            metric,
            region,
            series,
            provider,
            model,
            String(values.length),
            mean(values),
            deviation(values),
            median(values),
            published(values, 0.9, 29),
            published(values, 0.95, 59),
            published(values, 0.99, 299),
          ]
        })
        .toSorted(
          (one, other) => (one[1] ?? '').localeCompare(other[1] ?? '') || Number(one[8]) - Number(other[8]),
        ),
    )
  },
  runs: () => {
    const byHand = [
      [
        '2026-11-26T10:05:00Z',
        '2.0',
        'dry run',
        'manual',
        'multi',
        '',
        '',
        'iad1',
        'finished',
        '',
        '1',
        '1',
        '0',
        '0',
        '',
        uuid(4),
      ],
      [
        '2026-11-26T09:10:00Z',
        '11.0',
        'free',
        'manual',
        'single',
        '',
        '',
        'iad1',
        'finished',
        '',
        '2',
        '2',
        '0',
        '0',
        '',
        uuid(3),
      ],
      // A missed slot: filed, never run.
      [
        '2026-10-26T12:00:01Z',
        '0.0',
        'benchmark',
        'cron',
        'scheduled',
        'benchmark',
        '2026-10-26T12:00:00Z',
        'iad1',
        'missed',
        'the database was away',
        '0',
        '0',
        '0',
        '0',
        '',
        uuid(5),
      ],
    ]
    const made = [...slots.early, ...slots.daily, ...slots.hourly].map(({ slot }) => {
      const own = all.filter(
        ({ run }) =>
          run ===
          (inStore({ slot }) ? uuid(slot.getUTCHours() === 11 ? 1 : 2) : uuid(10_000 + slotNumber(slot))),
      )
      const failed = own.filter(({ error }) => error !== null).length
      // The run at 12:00 skipped one.
      const skipped = slot.toISOString() === '2026-11-26T12:00:00.000Z' ? 1 : 0
      const at = slot.toISOString().replace('.000', '')
      const n = [own.length + skipped, own.length - failed, failed, skipped].map(String)
      const reason = skipped === 1 ? 'rate limited until 12:30' : ''
      return [
        at,
        inStore({ slot }) ? '70.0' : '20.0',
        'benchmark',
        'cron',
        'scheduled',
        'benchmark',
        at,
        'iad1',
        'finished',
        '',
        ...n,
        reason,
        own[0]?.run ?? '',
      ]
    })
    return [...byHand, ...made].toSorted(([one = ''], [other = '']) => (one < other ? 1 : -1)).slice(0, 100)
  },
}
