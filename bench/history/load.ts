import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { seededRandom } from '../../src/core/random.ts'
import type { Timeline } from '../../src/core/timeline.ts'
import type { Sql } from '../../src/store/connection.ts'
import { migrate, readMigrations } from '../../src/store/migrate.ts'
import { encodeTimeline } from '../../src/store/timeline.ts'
import { prose } from '../../src/synthetic/prose.ts'
import { refreshAll } from '../../test/support/refresh.ts'

const day = 86_400_000
const slot = 15 * 60_000
const targets = 60
export const regions = ['fra1', 'iad1', 'hnd1'] as const
/** Two years; with fewer rows than ten million the history is shorter, not thinner. */
const full = { rows: 10_000_000, days: 730 }

/** What took how long, in seconds. */
export type Timings = Record<string, number>
export type Say = (message: string) => void

export interface Load {
  rows: number
  /** Slots before this moment are made. */
  until: Date
  chunkDays: number
  say: Say
}

/** The latest slot whose calls have all been made by now. */
export const lastSlot = () => new Date(Math.floor((Date.now() - 6 * 60_000) / slot) * slot)

/** When the first region began, and the two others, so that it comes to so many rows. */
function beginnings(rows: number, until: Date): { first: Date; others: Date } {
  const days = Math.min(full.days, (full.days * rows) / full.rows)
  const otherDays = Math.min(days, (rows / ((targets * day) / slot) - days) / 2)
  const before = (count: number) => new Date(until.getTime() - Math.round((count * day) / slot) * slot)
  return { first: before(days), others: before(otherDays) }
}

/** Fills an empty database: schema, results in the order of time, rollups from them, leaderboards. */
export async function load(sql: Sql, { rows, until, chunkDays, say }: Load): Promise<Timings> {
  const timings: Timings = {}
  const timed = async (what: string, action: () => Promise<void>) => {
    const began = performance.now()
    await action()
    timings[what] = Math.round((performance.now() - began) / 100) / 10
    say(`${what}: ${timings[what]} s`)
  }
  const { first, others } = beginnings(rows, until)
  await migrate(sql, readMigrations())
  await prepare(sql, first, others)
  const indexes = await dropIndexes(sql)
  await timed('raw rows', () => generate(sql, { since: first, until, chunkDays, say }))
  await timed('indexes', () => sql.exec(indexes))
  await timed('analyze', () => sql.exec('analyze'))
  await timed('rollups', () => rebuild(sql, { since: first, until, chunkDays: 7, say }))
  await timed('vacuum', () => sql.exec('vacuum analyze'))
  await timed('leaderboards', async () => void (await refreshAll(sql)))
  await sql.query('insert into bench.loaded (rows, until) values ($1, $2)', [rows, until])
  return timings
}

/**
 * Adds the slots since the data were loaded, so that windows that end now are full. Gives where they began.
 * Functions, views and indexes are brought to what the migrations say now: they can all be run again.
 */
export async function topUp(sql: Sql, { until, chunkDays, say }: Omit<Load, 'rows'>): Promise<Date> {
  for (const migration of readMigrations()) await sql.exec(migration.sql)
  const { rows } = await sql.query('select until from bench.loaded')
  const since = new Date(String(rows[0]?.['until']))
  if (since >= until) return since
  await generate(sql, { since, until, chunkDays, say })
  await rebuild(sql, { since, until, chunkDays: 7, say })
  await sql.query('update bench.loaded set until = $1', [until])
  await sql.exec('vacuum analyze')
  await refreshAll(sql)
  return since
}

/** Whether a database holds a finished load of so many rows. */
export async function isLoaded(sql: Sql, rows: number): Promise<boolean> {
  const { rows: tables } = await sql.query(`select to_regclass('bench.loaded') is not null as present`)
  if (tables[0]?.['present'] !== true) return false
  const { rows: found } = await sql.query('select from bench.loaded where rows = $1', [rows])
  return found.length > 0
}

async function prepare(sql: Sql, first: Date, others: Date): Promise<void> {
  const script = readFileSync(join(import.meta.dirname, 'generate.sql'), 'utf8')
  await sql.exec(`select setseed(0.42);\n${script}`)
  for (const [n, text] of sampleAnswers().entries())
    await sql.query('insert into bench.answers values ($1, $2)', [n, text])
  for (const [n, data] of (await sampleTimelines()).entries())
    await sql.query(`insert into bench.timelines values ($1, decode($2, 'base64'))`, [n, data])
  for (const [n, region] of regions.entries())
    await sql.query('insert into bench.regions values ($1, $2, $3)', [n, region, n === 0 ? first : others])
  await sql.exec('analyze')
}

interface Stretch {
  since: Date
  until: Date
  chunkDays: number
  say: Say
}

async function generate(sql: Sql, { since, until, chunkDays, say }: Stretch): Promise<void> {
  let n = 0
  for (const [from, to] of chunks(since, until, chunkDays)) {
    const { rows } = await sql.query('select bench.generate($1, $2) as n', [from, to])
    n += Number(rows[0]?.['n'])
    say(`${n} results, up to ${to.toISOString()}`)
  }
}

async function rebuild(sql: Sql, { since, until, chunkDays, say }: Stretch): Promise<void> {
  for (const [from, to] of chunks(since, until, chunkDays)) {
    const began = performance.now()
    const input = JSON.stringify({ since: from, until: to })
    await sql.query('select public.rebuild_rollups($1::text::jsonb)', [input])
    say(`rollups up to ${to.toISOString()} in ${Math.round(performance.now() - began)} ms`)
  }
}

/** Stretches of whole days (UTC), but for the first and the last. */
function* chunks(since: Date, until: Date, days: number): Generator<[Date, Date]> {
  for (let from = since; from < until;) {
    const next = new Date(Math.floor(from.getTime() / day + days) * day)
    const to = next < until ? next : until
    yield [from, to]
    from = to
  }
}

/**
 * Drops the indexes that serve no constraint, and gives the statements that make them again: during a load
 * each row would go to a random place of each of them. Those of keys stay, and have the bloat that random
 * keys give them.
 */
export async function dropIndexes(sql: Sql): Promise<string> {
  const { rows } = await sql.query(
    `select format('drop index public.%I;', c.relname) as gone, pg_get_indexdef(i.indexrelid) || ';' as again
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
     where t.relnamespace = 'public'::regnamespace and t.relname in ('benchmark_results', 'probes', 'timelines', 'runs')
       and not exists (select from pg_constraint k where k.conindid = i.indexrelid)`,
  )
  await sql.exec(rows.map((row) => String(row['gone'])).join('\n'))
  return rows.map((row) => String(row['again'])).join('\n')
}

/** Texts of some 300 characters. */
function sampleAnswers(): string[] {
  const random = seededRandom(1)
  return Array.from({ length: 256 }, () => {
    const length = 250 + Math.round(100 * random())
    let text = ''
    for (const token of prose(random)) {
      text += token
      if (text.length >= length) break
    }
    return text.trim()
  })
}

/**
 * Timelines as the program packs them: the first of a failure without a token, the others of some 210 tokens
 * each.
 */
async function sampleTimelines(): Promise<string[]> {
  const random = seededRandom(2)
  const tokens = [0, ...Array.from({ length: 256 }, () => 180 + Math.round(60 * random()))]
  const encoded = await Promise.all(tokens.map((n) => encodeTimeline(timelineOf(n, random))))
  return encoded.map(({ data }) => data)
}

/** A stream of so many tokens, one an event and a read. */
export function timelineOf(tokens: number, random: () => number): Timeline {
  let at = 200 + 400 * random()
  const reads = Array.from({ length: tokens + 2 }, () => Math.round((at += 4 + 9 * random()) * 1000) / 1000)
  const events = reads.map((_, read): Timeline['events'][number] => {
    const text = read === 0 || read === tokens + 1 ? 0 : 1 + Math.round(8 * random())
    return { read, kind: read === 0 ? 'role' : text > 0 ? 'text' : 'done', text, reasoning: 0, other: 0 }
  })
  return {
    dnsMs: 2.1,
    tcpMs: 8.25,
    tlsMs: 15.5,
    connectMs: 25.85,
    headers: reads[0] ?? null,
    reads,
    bytes: reads.map(() => 232 + Math.round(12 * random())),
    events,
    reasoningForm: 'none',
    end: at,
  }
}
