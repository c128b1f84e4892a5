import type { Sql } from '../../src/store/connection.ts'
import { round } from '../goals.ts'

/**
 * Bytes that a part of the history takes for a million results, and in all once as much is pruned as comes
 * in.
 */
export interface Size {
  part: string
  bytesPerMillion: number
  keptDays: number | null
  /** At 60 targets in three regions every 15 minutes; what is kept for ever as it is after two years. */
  steadyGb: number
}

const resultsPerDay = 60 * 3 * 96
const forEver = null
const twoYears = 730

/** How long each part is kept by default, in days. */
const parts: { part: string; bytes: string; keptDays: number | null }[] = [
  { part: 'results without text', bytes: `heap.bytes - text.bytes`, keptDays: 400 },
  { part: 'text of answers', bytes: 'text.bytes', keptDays: 14 },
  { part: 'indexes of results', bytes: `pg_indexes_size('benchmark_results')`, keptDays: 400 },
  { part: 'timelines', bytes: `pg_total_relation_size('timelines')`, keptDays: 400 },
  { part: 'probes', bytes: `pg_total_relation_size('probes')`, keptDays: 400 },
  { part: 'runs', bytes: `pg_total_relation_size('runs')`, keptDays: forEver },
  { part: 'hourly rollups', bytes: `pg_total_relation_size('rollups_hourly')`, keptDays: forEver },
  {
    part: 'daily rollups and samples',
    bytes: `pg_total_relation_size('rollups_daily') + pg_total_relation_size('samples_daily')`,
    keptDays: forEver,
  },
]

/**
 * Sizes as they are, and by arithmetic what they come to with the default retention. Text is measured on a
 * sample of pages.
 */
export async function measureSizes(sql: Sql): Promise<Size[]> {
  const columns = parts.map(({ bytes }, index) => `${bytes} as part_${index}`)
  const { rows } = await sql.query(
    `select counted.n, ${columns.join(', ')}
     from (select count(*) as n from benchmark_results) counted
       cross join (select pg_table_size('benchmark_results') as bytes) heap
       cross join lateral (
         select avg(coalesce(pg_column_size(s.response_text), 0)) * counted.n as bytes
         from benchmark_results s tablesample system (1) repeatable (1)) text`,
  )
  const n = Number(rows[0]?.['n'])
  return parts.map(({ part, keptDays }, index) => {
    const perResult = Number(rows[0]?.[`part_${index}`]) / n
    return {
      part,
      bytesPerMillion: Math.round(perResult * 1_000_000),
      keptDays,
      steadyGb: round((perResult * resultsPerDay * (keptDays ?? twoYears)) / 1e9),
    }
  })
}
