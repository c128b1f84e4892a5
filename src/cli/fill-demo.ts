import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { seededRandom } from '../core/random.ts'
import { refresh } from '../jobs/leaderboards.ts'
import { providers } from '../registry/providers.ts'
import type { Sql } from '../store/connection.ts'
import { createSqlStore } from '../store/sql.ts'
import { encodeTimeline } from '../store/timeline.ts'
import { prose } from '../synthetic/prose.ts'
import { demoTimeline } from './demo-timeline.ts'

/** How much of it, and from which seed. */
export interface DemoSize {
  /** At most as many as supabase/demo lists. */
  targets: number
  days: number
  /** The same seed at the same time makes the same data. */
  seed: number
}

/** The days before the end that have a slot every 15 minutes; earlier ones are hourly. */
const denseDays = 7
const dayMs = 86_400_000
const slotMs = 15 * 60_000
const folder = path.join(import.meta.dirname, '../../supabase/demo')

/**
 * Fills a database that has the schema and nothing else with the history of made-up targets, and returns how many
 * results that was. `until`: what would be later is left out.
 */
export async function fillDemo(
  sql: Sql,
  { targets, days, seed }: DemoSize,
  { now, tell }: { now: Date; tell: (message: string) => void },
): Promise<number> {
  const until = new Date(Math.floor((now.getTime() - 6 * 60_000) / slotMs) * slotMs)
  const random = seededRandom(seed)
  const answers = sampleAnswers(random)
  for (const file of readdirSync(folder).toSorted())
    await sql.exec(readFileSync(path.join(folder, file), 'utf8'))
  const input = {
    seed,
    n_targets: targets,
    n_days: days,
    n_dense_days: denseDays,
    until,
    providers: providers.map(({ id, name }) => ({ slug: id, name })),
    answers: answers.map((tokens) => ({ text: tokens.join(''), tokens: tokens.length })),
  }
  await sql.query('select demo.begin($1::text::jsonb)', [JSON.stringify(input)])
  let results = 0
  for (const [from, to] of chunks(until, days)) {
    results += await count(sql, 'select demo.fill($1, $2) as n', [from, to])
    tell(`${results} results, up to ${to.toISOString().slice(0, 10)}`)
  }
  results += await count(sql, 'select demo.fill_by_hand() as n', [])
  await sql.query('select demo.rest()')
  await sql.exec('analyze')
  const store = createSqlStore(sql)
  for (const [since, to] of chunks(until, days, 3)) {
    await store.rebuildRollups({ since, until: to })
    tell(`rollups, up to ${to.toISOString().slice(0, 10)}`)
  }
  tell('incidents')
  await sql.query('select demo.add_incidents()')
  tell('traffic of the proxy')
  await sql.query('select demo.add_traffic()')
  tell('timelines of the newest results')
  await addTimelines(sql, answers, random)
  await sql.exec('drop schema demo cascade')
  tell('leaderboards')
  await sql.exec('analyze')
  await refresh(store, { periods: ['24h', '7d', '30d'], stop: new AbortController().signal })
  return results
}

const count = async (sql: Sql, text: string, values: unknown[]): Promise<number> =>
  Number((await sql.query(text, values)).rows[0]?.['n'])

/** Stretches of whole days (UTC), shorter where slots are dense, up to the end. */
function* chunks(until: Date, days: number, factor = 1): Generator<[Date, Date]> {
  const end = until.getTime()
  for (let from = Math.floor(end / 3_600_000) * 3_600_000 - days * dayMs; from < end;) {
    const length = factor * (from < end - (denseDays + 1) * dayMs ? 4 : 1)
    const to = Math.min(end, Math.floor(from / dayMs + length) * dayMs)
    yield [new Date(from), new Date(to)]
    from = to
  }
}

/** 64 texts of some 150 tokens. */
function sampleAnswers(random: () => number): string[][] {
  return Array.from({ length: 64 }, () => {
    const tokens = prose(random)
    const n = 110 + Math.round(90 * random())
    return Array.from({ length: n }, () => tokens.next().value ?? '')
  })
}

const timed = z.object({
  id: z.string(),
  ttft: z.number().nullable(),
  ttfa: z.number().nullable(),
  end: z.number(),
  headers: z.number().nullable(),
  reasoning: z.number().nullable(),
  stall: z.number(),
  is_whole: z.boolean(),
  dns: z.number().nullable(),
  tcp: z.number().nullable(),
  tls: z.number().nullable(),
  connect: z.number().nullable(),
  text: z.string().nullable(),
})

/** A failed answer has the beginning of its text alone. */
const beginningOf = (text: string) => text.slice(0, 120)

async function addTimelines(sql: Sql, answers: string[][], random: () => number): Promise<void> {
  const byBeginning = new Map(answers.map((tokens) => [beginningOf(tokens.join('')), tokens]))
  const { rows } = await sql.query('select demo.list_timed() as result')
  const encoded = []
  for (const { result } of rows) {
    const { is_whole: isWhole, text, ...rest } = timed.parse(result)
    const answer = byBeginning.get(beginningOf(text ?? '')) ?? []
    const timeline = await encodeTimeline(demoTimeline({ ...rest, isWhole }, answer, random))
    encoded.push({ id: rest.id, ...timeline })
  }
  for (let at = 0; at < encoded.length; at += 2000)
    await sql.query('select demo.save_timelines($1::text::jsonb)', [
      JSON.stringify(encoded.slice(at, at + 2000)),
    ])
}
