import { afterAll, beforeAll, expect, test } from 'vitest'
import { seededRandom } from '../../src/core/random.ts'
import { percentile } from '../../src/core/statistics.ts'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import type { Store } from '../../src/store/store.ts'
import { createDatabase } from '../support/databases.ts'
import { uuid } from '../support/history-calls.ts'

// What the screen of a target reads, against the single calls of a history of three days: every half hour from two
// regions, with failures of every fault, rechecks and warm-ups.

interface Call {
  id: string
  region: string
  at: number
  success: boolean
  fault: string | null
  confirms: string | null
  warmup: boolean
  ttft: number | null
  ttfa: number | null
  latency: number
  dns: number | null
}

const targetId = uuid(9)
const minute = 60_000
const hour = 60 * minute
const from = Date.parse('2026-11-20T00:00:00Z')
const to = from + 72 * hour

function makeCalls(): Call[] {
  const random = seededRandom(7)
  const calls: Call[] = []
  let ids = 1000
  const isFailing = { eu: false, us: false }
  for (let slot = from; slot < to; slot += 30 * minute)
    for (const region of ['eu', 'us'] as const) {
      const at = slot + (region === 'eu' ? 5_000 : 9_000)
      // What is down stays down for a while; what is up fails now and then.
      isFailing[region] = random() < (isFailing[region] ? 0.6 : 0.15)
      const success = !isFailing[region]
      const fault = success ? null : random() < 0.75 ? 'provider' : 'config'
      const ttft = 200 + Math.floor(random() * 900)
      const reasoning = random() < 0.3 ? 150 : 0
      const call: Call = {
        id: uuid((ids += 1)),
        region,
        at,
        success,
        fault,
        confirms: null,
        warmup: random() < 0.05,
        ttft: success ? ttft : null,
        ttfa: success ? ttft + reasoning : null,
        latency: success ? ttft + 700 : 30_000,
        dns: random() < 0.5 ? 4 + Math.floor(random() * 9) : null,
      }
      calls.push(call)
      if (fault !== 'provider' || call.warmup || random() < 0.6) continue
      const isCleared = random() < 0.5
      calls.push({
        ...call,
        id: uuid((ids += 1)),
        at: at + minute,
        confirms: call.id,
        success: isCleared,
        fault: isCleared ? null : 'provider',
        ttft: isCleared ? 50 : null,
        ttfa: isCleared ? 50 : null,
        latency: 60,
      })
    }
  return calls
}
const calls = makeCalls()
const firsts = calls.filter(({ confirms, warmup }) => confirms === null && !warmup)
const answers = (region: string, since = from, until = to) =>
  firsts.filter((call) => call.success && call.region === region && call.at >= since && call.at < until)
const isCleared = ({ id }: Call) => calls.some(({ confirms, success }) => confirms === id && success)

let sql: Sql
let store: Store
beforeAll(async () => {
  sql = await openPostgres(await createDatabase('migrated'))
  store = createSqlStore(sql)
  await sql.exec(`
    insert into providers (id, name, slug) values ('${uuid(1)}', 'P', 'p');
    insert into models (id, name, provider_id) values ('${uuid(2)}', 'm', '${uuid(1)}');
    insert into targets (id, provider_id, model_id, parameters) values
      ('${targetId}', '${uuid(1)}', '${uuid(2)}', '{}');
    insert into runs (id, run_name, triggered_by) values ('${uuid(3)}', 'r', 'cron')`)
  await sql.query(
    `insert into benchmark_results (id, run_id, provider_id, model_id, target_id, provider, model, series, region,
        created_at, success, fault_domain, error_kind, confirms, warmup, ttft_ms, ttfa_ms, total_latency_ms, dns_ms)
      select c.id, $2, $3, $4, $5, 'p', 'm', 's', c.region, to_timestamp(c.at / 1000.0), c.success, c.fault,
        case c.fault when 'provider' then 'overloaded' when 'config' then 'bad_request' end, c.confirms, c.warmup,
        c.ttft, c.ttfa, c.latency, c.dns
      from jsonb_to_recordset($1::jsonb) c (id uuid, region text, at float8, success boolean, fault text,
        confirms uuid, warmup boolean, ttft float8, ttfa float8, latency float8, dns float8)
      order by c.at`,
    [JSON.stringify(calls), uuid(3), uuid(1), uuid(2), targetId],
  )
})
afterAll(() => sql.close())

/** As list functions round for a screen. */
const rounded = (value: number | null) =>
  value === null ? null : Math.abs(value) < 100 ? Math.round(value * 10) / 10 : Math.round(value)

test.each([
  { name: 'days, and hours at both ends', since: from + 90 * minute, until: to - 3.2 * hour },
  { name: 'full days alone', since: from, until: to },
  { name: 'less than a day', since: from + 2 * hour, until: from + 5 * hour },
  { name: 'hours of two days', since: from + 20 * hour, until: from + 27 * hour },
])('a distribution is of all samples of its hours: $name', async ({ since, until }) => {
  const [start, end] = [Math.floor(since / hour) * hour, Math.ceil(until / hour) * hour]
  const answer = await store.listDistribution({ targetId, since: new Date(since), until: new Date(until) })
  expect([answer.since, answer.until].map(Date.parse)).toEqual([start, end])
  expect(answer.lines.map(({ region }) => region)).toEqual(['eu', 'us'])
  for (const line of answer.lines) {
    const values = answers(String(line.region), start, end).map(({ ttft }) => ttft as number)
    const at = (fraction: number) => rounded(percentile(values, fraction))
    expect(line).toMatchObject({ n: values.length, p50: at(0.5) })
    expect(line.p95).toBe(values.length >= 59 ? at(0.95) : null)
    expect(line.p99).toBeNull()
    for (const [percent, value] of line.percentiles.entries())
      expect(Math.abs(value - (percentile(values, percent / 100) ?? 0))).toBeLessThanOrEqual(0.51)
    expect(line.percentiles).toHaveLength(101)
  }
})

test('phases are medians of the answers that had them', async () => {
  const until = new Date(to)
  const { rows } = await store.listPhases({ targetId, since: new Date(from), until })
  expect(rows.map(({ region }) => region)).toEqual(['eu', 'us'])
  for (const { region, n, since, phases } of rows) {
    const of = answers(String(region))
    const reasoned = of.flatMap(({ ttft, ttfa }) => (ttft === ttfa ? [] : [Number(ttfa) - Number(ttft)]))
    const looked = of.flatMap(({ dns }) => dns ?? [])
    expect([n, Date.parse(since)]).toEqual([of.length, of[0]?.at])
    expect(phases).toEqual({
      dns: { n: looked.length, p50_ms: rounded(percentile(looked, 0.5)) },
      tcp: { n: 0, p50_ms: null },
      tls: { n: 0, p50_ms: null },
      wait: {
        n,
        p50_ms: rounded(
          percentile(
            of.map(({ ttft }) => Number(ttft)),
            0.5,
          ),
        ),
      },
      reasoning: { n: reasoned.length, p50_ms: 150 },
      answer: {
        n,
        p50_ms: rounded(
          percentile(
            of.map(({ ttfa, latency }) => latency - Number(ttfa)),
            0.5,
          ),
        ),
      },
    })
  }
})

test('points are the first attempts in order, with what failed; what is too much is said', async () => {
  const [since, until] = [from + 3.5 * hour, from + 20.25 * hour]
  const time = { targetId, since: new Date(since), until: new Date(until) }
  const points = await store.listPoints(time)
  const of = firsts.filter(({ at }) => at >= since && at < until)
  expect(points.lines.map(({ region }) => region)).toEqual(['eu', 'us'])
  expect([Date.parse(points.t0), points.more]).toEqual([since, false])
  expect(points.ids).toEqual(of.map(({ id }) => id))
  expect(points.line).toEqual(of.map(({ region }) => (region === 'eu' ? 0 : 1)))
  expect(points.at_ms).toEqual(of.map(({ at }) => at - since))
  expect(points.ttft).toEqual(of.map(({ ttft }) => ttft))
  expect(points.latency).toEqual(of.map(({ success, latency }) => (success ? latency : null)))
  expect(points.tps).toEqual(of.map(() => null))
  const errors = { provider: 'provider.overloaded', config: 'config.bad_request' }
  expect(points.errors).toEqual(of.map(({ fault }) => errors[fault as 'config'] ?? null))
  const few = await store.listPoints({ ...time, limit: 5 })
  expect([few.more, few.ids]).toEqual([true, points.ids.slice(0, 5)])
})

/** Spells of two failed checks or more between two that did not fail, by walking over them. */
function outagesOf(region: string) {
  const checks = firsts.filter((call) => call.region === region && call.fault !== 'config')
  const found: { since: number; last: number; until: number | null; n: number }[] = []
  let spell: Call[] = []
  for (const check of [...checks, null]) {
    const isOk = check !== null && (check.success || isCleared(check))
    if (check !== null && !isOk) spell.push(check)
    else {
      const [first, last] = [spell[0], spell.at(-1)]
      if (spell.length > 1 && first && last)
        found.push({ since: first.at, last: last.at, until: check?.at ?? null, n: spell.length })
      spell = []
    }
  }
  return found
}

test.each([
  { name: 'all of it', since: from, until: to },
  { name: 'some hours of it', since: from + 24.5 * hour, until: from + 31 * hour },
])('outages are what is down by its checks, whole if only a part is shown: $name', async (time) => {
  const { rows } = await store.listOutages({
    targetId,
    since: new Date(time.since),
    until: new Date(time.until),
  })
  const expected = ['eu', 'us'].flatMap((region) =>
    outagesOf(region)
      .filter(({ since, last, until }) => since < time.until && (until ?? last) >= time.since)
      .map((each) => ({ region, ...each })),
  )
  expect(expected.length).toBeGreaterThan(0)
  expect(
    rows
      .map(({ region, since, last_failed_at: last, until, n_failed: n }) => ({
        region,
        since: Date.parse(since),
        last: Date.parse(last),
        until: until === null ? null : Date.parse(until),
        n,
      }))
      .toSorted((a, b) => String(a.region).localeCompare(String(b.region)) || a.since - b.since),
  ).toEqual(expected)
  expect(rows.every(({ n_failed: n, errors }) => errors['overloaded'] === n)).toBe(true)
  const { rows: ofOne } = await store.listOutages({
    targetId,
    region: 'us',
    since: new Date(time.since),
    until: new Date(time.until),
  })
  expect(ofOne).toEqual(rows.filter(({ region }) => region === 'us'))
})

test('an outage that no check has ended yet is open', async () => {
  await sql.exec(`insert into benchmark_results (run_id, provider_id, model_id, target_id, provider, model, series,
      region, created_at, success, fault_domain, error_kind, total_latency_ms)
    select '${uuid(3)}', '${uuid(1)}', '${uuid(2)}', '${targetId}', 'p', 'm', 's', 'ap',
      '2026-11-22T23:00:00Z'::timestamptz + n * interval '20 minutes', false, 'provider', 'connect', 1
    from generate_series(0, 2) n`)
  const { rows } = await store.listOutages({ targetId, region: 'ap', until: new Date(to) })
  expect(rows).toEqual([
    {
      provider: 'p',
      model: 'm',
      target_id: targetId,
      synthetic: false,
      region: 'ap',
      since: '2026-11-22T23:00:00+00:00',
      last_failed_at: '2026-11-22T23:40:00+00:00',
      until: null,
      n_failed: 3,
      errors: { connect: 3 },
    },
  ])
})

test('who is not there is missing, and a time that goes backwards is refused', async () => {
  const nobody = uuid(77)
  for (const call of [
    () => store.listDistribution({ targetId: nobody }),
    () => store.listPhases({ targetId: nobody }),
    () => store.listPoints({ targetId: nobody }),
    () => store.listOutages({ targetId: nobody }),
  ])
    await expect(call()).rejects.toMatchObject({ kind: 'missing', message: expect.stringContaining(nobody) })
  const backwards = { targetId, since: new Date(to), until: new Date(from) }
  for (const call of [
    () => store.listDistribution(backwards),
    () => store.listPhases(backwards),
    () => store.listPoints(backwards),
    () => store.listOutages(backwards),
    () => store.listSeries(backwards),
  ])
    await expect(call()).rejects.toMatchObject({ kind: 'invalid', message: /before until/ })
})
