import { expect } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'

const hourMs = 3_600_000

type Row = Record<string, unknown>
const metrics = ['ttft', 'ttfa', 'tps', 'latency'] as const
const columns = { ttft: 'ttft_ms', ttfa: 'ttfa_ms', tps: 'tps', latency: 'total_latency_ms' } as const
const domains = ['provider', 'account', 'config', 'excluded', 'self'] as const

const trackNames = ['target_id', 'provider', 'model', 'series', 'region', 'synthetic']

/** A track and the beginning of a bucket. */
const keyOf = (row: Row, at: unknown, sizeMs: number): string =>
  JSON.stringify([...trackNames.map((name) => row[name]), new Date(floorOf(at, sizeMs)).toISOString()])
const floorOf = (at: unknown, sizeMs: number): number =>
  Math.floor(new Date(at as Date).getTime() / sizeMs) * sizeMs

const isMarked = (row: Row) => ['own_load', 'warmup', 'maintenance'].some((mark) => row[mark] === true)
const isFirst = (row: Row) => row['confirms'] === null && !isMarked(row)
const isSample = (row: Row) =>
  isFirst(row) && row['success'] === true && row['timing_quality'] !== 'untrusted'
const isFailure = (row: Row) => isFirst(row) && row['success'] === false && row['fault_domain'] === 'provider'

/** Whether a recheck cleared a failure. */
function clearing(rows: readonly Row[]): (row: Row) => boolean {
  const looks = Map.groupBy(
    rows.filter((row) => row['confirms'] !== null && !isMarked(row)),
    (row) => row['confirms'],
  )
  return (row) => isFailure(row) && (looks.get(row['id']) ?? []).some((look) => look['success'] === true)
}

/** The expected rollups of some results, computed from the rows alone. */
function expectedRollups(rows: readonly Row[], grain: 'hour' | 'day'): Map<string, Row> {
  const size = grain === 'hour' ? hourMs : 24 * hourMs
  const buckets = Map.groupBy(rows, (row) => keyOf(row, row['created_at'], size))
  const isCleared = clearing(rows)
  const total = (of: readonly Row[], name: string) => of.reduce((sum, row) => sum + Number(row[name] ?? 0), 0)
  return new Map(
    [...buckets].map(([key, all]) => {
      const firsts = all.filter(isFirst)
      const samples = firsts.filter(isSample)
      const errors: Record<string, number> = {}
      for (const row of firsts.filter(({ success }) => success === false)) {
        const kind = [row['fault_domain'], row['error_kind']]
          .map((part) => (part as string | null) ?? 'unknown')
          .join('.')
        errors[kind] = (errors[kind] ?? 0) + 1
      }
      const values = metrics.map((metric) => [
        metric,
        samples
          .map((row) => row[columns[metric]])
          .filter((value) => value !== null)
          .map((value) => Math.fround(Number(value)))
          .toSorted((a, b) => a - b),
      ])
      const answers = all.filter(({ success }) => success === true)
      const counts = {
        n_calls: all.length,
        n_answers: answers.length,
        n_cost_unknown: answers.filter((row) => row['cost_usd'] === null).length,
        n_ok: firsts.filter(({ success }) => success === true).length,
        n_cleared: firsts.filter(isCleared).length,
        n_untrusted: firsts.filter((row) => row['success'] === true && row['timing_quality'] === 'untrusted')
          .length,
        ...Object.fromEntries(
          domains.map((domain) => [
            `n_${domain}`,
            firsts.filter((row) => row['success'] === false && row['fault_domain'] === domain).length,
          ]),
        ),
      }
      const sums = Object.fromEntries([
        ...['cost_usd', 'input_tokens', 'output_tokens', 'reasoning_tokens'].map((name) => [
          name,
          total(all, name),
        ]),
        ...metrics.map((metric) => [`${metric}_sum`, total(samples, columns[metric])]),
      ]) as Record<string, number>
      const close = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, nearly(sum)]))
      const found = { ...counts, ...close, errors: Object.keys(errors).length > 0 ? errors : null }
      return [key, { ...found, ...Object.fromEntries(values) }]
    }),
  )
}

/** The actual rollups, in the same form. */
async function keptRollups(sql: Sql, grain: 'hour' | 'day'): Promise<Map<string, Row>> {
  const from =
    grain === 'hour'
      ? 'rollups_hourly r'
      : `rollups_daily r left join samples_daily s using (track_id, bucket)`
  const samples = grain === 'hour' ? 'r' : 's'
  const { rows } =
    await sql.query(`select t.target_id, t.provider, t.model, t.series, t.region, t.synthetic, r.*,
      ${metrics.map((metric) => `coalesce(to_json(${samples}.${metric}), '[]') as ${metric}`).join(', ')}
    from ${from} join tracks t on t.id = r.track_id`)
  return new Map(
    rows.map((row) => {
      const tidy = Object.entries(row).filter(
        ([name]) => !trackNames.includes(name) && !/^(bucket|track_id|n_(ttft|ttfa|tps|latency))$/.test(name),
      )
      return [
        keyOf(row, row['bucket'], 1),
        Object.fromEntries(tidy.map(([name, value]) => [name, numberOf(value)])),
      ]
    }),
  )
}

const quarterMs = hourMs / 4
/** Those that are kept, less a quarter: time passes meanwhile. */
const isKept = (at: unknown) => floorOf(at, quarterMs) > Date.now() - 48 * hourMs + quarterMs

/** The expected quarters of an hour of some results: [samples of TTFT, their sum, failures], if there are any. */
function expectedQuarters(rows: readonly Row[]): Map<string, unknown[]> {
  const isCleared = clearing(rows)
  const buckets = Map.groupBy(
    rows.filter((row) => row['target_id'] !== null && isKept(row['created_at'])),
    (row) => keyOf(row, row['created_at'], quarterMs),
  )
  const quarters = [...buckets].map(([key, all]): [string, unknown[]] => {
    const ttfts = all.filter((row) => isSample(row) && row['ttft_ms'] !== null).map((row) => row['ttft_ms'])
    const sum = ttfts.reduce<number>((before, ttft) => before + Number(ttft), 0)
    const failed = all.filter((row) => isFailure(row) && !isCleared(row)).length
    return [key, [ttfts.length, nearly(sum), failed]]
  })
  return new Map(quarters.filter(([, [ttfts, , failed]]) => ttfts !== 0 || failed !== 0))
}

/** The actual ones, in the same form. */
async function keptQuarters(sql: Sql): Promise<Map<string, number[]>> {
  const { rows } = await sql.query(
    `select ${trackNames.map((name) => `t.${name}`).join(', ')}, q.* from firsttoken.quarter_hours q join tracks t on t.id = q.track_id`,
  )
  return new Map(
    rows
      .filter((row) => isKept(row['bucket']))
      .map((row) => [
        keyOf(row, row['bucket'], 1),
        [Number(row['n_ttft']), Number(row['ttft_sum']), Number(row['n_failed'])],
      ]),
  )
}

/**
 * A sum, within ten digits: it is added up in another order, and two sums that are compared as rounded can fall
 * on both sides of a half.
 */
const nearly = (sum: number): unknown => expect.closeTo(sum, Math.min(9 - Math.floor(Math.log10(sum)), 15))

/** Samples are single precision. */
export const near = (value: unknown) => expect.closeTo(Number(value), 3) as unknown

/** Sums and big counts come as text; samples as they are. */
const numberOf = (value: unknown): unknown =>
  typeof value === 'string'
    ? Number(value)
    : Array.isArray(value)
      ? value.map((each) => Math.fround(Number(each)))
      : value

export async function expectRightRollups(sql: Sql): Promise<void> {
  const all = await sql.query('select * from benchmark_results')
  // A database of an earlier version has no such column.
  const rows = all.rows.filter(({ level = null }) => level === null)
  expect(await keptRollups(sql, 'hour')).toEqual(expectedRollups(rows, 'hour'))
  expect(await keptRollups(sql, 'day')).toEqual(expectedRollups(rows, 'day'))
  expect(await keptQuarters(sql)).toEqual(expectedQuarters(rows))
}
