import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { type Engine, openEngine, type ShardJob } from '../../src/fleet/engine.ts'
import { openPlanner, type PlannerParts } from '../../src/fleet/planner.ts'
import { configuredProviders } from '../../src/registry/configure.ts'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { type Store, StoreError } from '../../src/store/store.ts'
import { createDatabase } from '../support/databases.ts'
import { addProvider } from '../support/fleet-targets.ts'

const configured = configuredProviders({ OPENAI_API_KEY: 'sk-a', GROQ_API_KEY: 'gsk-a' }).providers
const never = new AbortController().signal
const built = (() => {
  const app = buildApp({ LOG_LEVEL: 'silent', GENAI_PRICES_URL: 'off', MODELS_DEV_URL: 'off' })
  if ('problems' in app) throw new Error(app.problems.join('\n'))
  return app
})()

let sql: Sql
let store: Store
let url: string
beforeAll(async () => {
  url = await createDatabase('migrated')
  sql = await openPostgres(url)
  store = createSqlStore(sql)
  await addProvider(sql, 'openai', { models: 30 })
  await addProvider(sql, 'groq', { models: 20 })
})
afterAll(() => sql.close())

const rowsOf = async (text: string, values: unknown[] = []) => (await sql.query(text, values)).rows
const minuteMs = 60_000
const inMinutes = (n: number) => new Date(Math.ceil(Date.now() / minuteMs) * minuteMs + n * minuteMs)

/** A schedule of its own that fires once, at a minute of this hour or the next. */
const firesAt = (slot: Date) => ({ name: randomUUID(), cron: `${slot.getUTCMinutes()} * * * *` })

/** A planner by a clock that is so far off, of a schedule, and what it sends. */
function planner(
  schedule: { name: string; cron: string },
  { at, region = 'fra', ...more }: Partial<PlannerParts> & { at: Date },
) {
  const sent: ShardJob[] = []
  const app = { ...built, clock: { now: performance.now.bind(performance), date: () => at } }
  const config = { ...built.config, defaults: { ...built.config.defaults, schedule } }
  const said: string[] = []
  const parts: PlannerParts = {
    region,
    configured,
    store,
    engine: { send: async (jobs) => void sent.push(...jobs) },
    app: { ...app, config, findPrice: async () => null },
    random: Math.random,
    say: (line) => void said.push(line),
    onEmpty: async () => undefined,
    stop: never,
    ...more,
  }
  return { ...openPlanner(parts), sent, said }
}

const runsOf = (name: string) =>
  rowsOf('select id, slot, status, started_at from runs where schedule = $1', [name])
const countsOf = async (name: string) =>
  (
    await rowsOf(
      `select count(distinct r.id)::int as runs, count(*)::int as probes,
        count(distinct (p.region, p.target_id))::int as targets, count(distinct (p.region, p.shard))::int as shards
        from runs r join probes p on p.run_id = r.id where r.schedule = $1`,
      [name],
    )
  )[0]

test('planners that plan a slot at once, with clocks 90 s off, plan it once, and it begins at its time', async () => {
  const slot = inMinutes(3)
  const schedule = firesAt(slot)
  const before = (ms: number) => new Date(slot.getTime() - ms)
  // It is 45 s before the slot; the clocks of two say 135 s before, and 45 s after.
  const planners = [-90_000, 0, 0, 0, 90_000].map((offMs) =>
    planner(schedule, { at: before(45_000 - offMs) }),
  )
  await Promise.all(planners.map(({ pass }) => pass()))
  await Promise.all(planners.map(({ pass }) => pass()))
  expect(await runsOf(schedule.name)).toMatchObject([{ slot, status: 'running', started_at: slot }])
  const counts = await countsOf(schedule.name)
  expect(counts).toMatchObject({ runs: 1, probes: 50, targets: 50 })
  // Every shard is sent, by one or several.
  const sent = new Set(planners.flatMap((each) => each.sent.map(({ shard }) => shard)))
  expect(sent.size).toBe(counts?.['shards'])
})

test('another region adds its calls to the run of the slot', async () => {
  const slot = inMinutes(5)
  const schedule = firesAt(slot)
  const at = new Date(slot.getTime() - 30_000)
  await planner(schedule, { at, region: 'iad' }).pass()
  await planner(schedule, { at, region: 'sin' }).pass()
  expect(await countsOf(schedule.name)).toMatchObject({ runs: 1, probes: 100, targets: 100 })
})

test('a slot is planned neither long before nor long after it begins', async () => {
  const slot = inMinutes(7)
  const schedule = firesAt(slot)
  for (const ms of [-100_000, 61_000]) await planner(schedule, { at: new Date(slot.getTime() + ms) }).pass()
  expect(await runsOf(schedule.name)).toEqual([])
  await planner(schedule, { at: new Date(slot.getTime() + 59_000) }).pass()
  expect(await runsOf(schedule.name)).toHaveLength(1)
})

test('what a planner that died had planned is sent by another, once', async () => {
  const slot = inMinutes(9)
  const schedule = firesAt(slot)
  const at = new Date(slot.getTime() - 30_000)
  const region = randomUUID()
  const dying = planner(schedule, {
    at,
    region,
    engine: { send: () => Promise.reject(new StoreError('unavailable', 'it died')) },
  })
  await expect(dying.pass()).rejects.toThrow('it died')
  const heir = planner(schedule, { at, region })
  await heir.pass()
  expect(new Set(heir.sent.map(({ shard }) => shard)).size).toBe((await countsOf(schedule.name))?.['shards'])
  const sent = heir.sent.length
  await heir.pass()
  expect(heir.sent).toHaveLength(sent)
})

test('a shard that nobody looked at is sent again half a minute after its window', async () => {
  const slot = inMinutes(11)
  const schedule = firesAt(slot)
  const region = randomUUID()
  const again = planner(schedule, { at: new Date(slot.getTime() - 30_000), region })
  await again.pass()
  const all = again.sent.length
  // As if its time had come, and a minute had passed since it was sent.
  await rowsOf(
    `update shards set window_at = window_at - interval '1 hour', sent_at = sent_at - interval '1 minute'
      where region = $1 and shard = 0`,
    [region],
  )
  await again.pass()
  expect(again.sent.slice(all)).toMatchObject([{ region, shard: 0 }])
})

test('says once which provider its lanes are too few for', async () => {
  const slot = inMinutes(13)
  // Every two minutes: 30 calls that take 18 s, on 4 lanes, are 8 x 18 s = 144 s.
  const schedule = { name: randomUUID(), cron: `1-59/2 * * * *` }
  const odd = new Date(slot.getTime() + (slot.getUTCMinutes() % 2 === 1 ? 0 : minuteMs))
  const crowded = planner(schedule, { at: new Date(odd.getTime() - 30_000), region: randomUUID() })
  await crowded.pass()
  await crowded.pass()
  expect(crowded.said).toEqual([
    expect.stringMatching(/^openai is called 30 times a slot, .* 4 lanes 2\.4 min/),
  ])
})

test('a slot in which no target is due has a run without calls', async () => {
  const slot = inMinutes(15)
  const schedule = firesAt(slot)
  const empty: unknown[] = []
  await planner(schedule, {
    at: new Date(slot.getTime() - 30_000),
    region: randomUUID(),
    configured: configured.filter(({ entry }) => entry.id === 'openai'),
    store: {
      ...store,
      // As the catalog is when all targets were called a moment ago.
      readCatalog: async (input) => {
        const catalog = await store.readCatalog(input)
        const lastSlot = new Date(slot.getTime() - 1)
        return {
          ...catalog,
          targets: catalog.targets.map((target) => ({ ...target, everyMinutes: 1440, lastSlot })),
        }
      },
    },
    onEmpty: async (run) => void empty.push(run.status),
  }).pass()
  const [run] = await runsOf(schedule.name)
  expect(run).toMatchObject({ status: 'finished' })
  expect(empty).toEqual(['finished'])
})

/** Tells what an engine delivers until there are so many. */
async function delivered(engine: Engine, region: string, count: number) {
  const jobs: ShardJob[] = []
  engine.work(region, 2, async (job) => void jobs.push(job))
  await expect.poll(() => jobs.length).toBeGreaterThanOrEqual(count)
  return jobs
}

test('a job is delivered to its region at its time, once however often it was sent', async () => {
  const region = 'São Paulo/1'
  const engine = await openEngine({
    sql: await openPostgres(url),
    regions: [region, 'other'],
    log: built.log,
  })
  const job = (shard: number, inMs: number, where = region): ShardJob => {
    const windowAt = new Date(Date.now() + inMs)
    return { runId: randomUUID(), region: where, shard, provider: 'openai', windowAt }
  }
  const [now, later, elsewhere] = [job(0, 0), job(1, 3_600_000), job(2, 0, 'other')]
  await engine.send([now, now, later, elsewhere])
  await engine.send([now])
  expect(await delivered(engine, region, 1)).toEqual([now])
  await engine.drain()
  const waiting = await rowsOf(
    `select data ->> 'shard' as shard from pgboss.job where state = 'created' order by 1`,
  )
  expect(waiting).toEqual([{ shard: '1' }, { shard: '2' }])
  await engine.close()
})

test('processes that open the queue of a new database at once all do', async () => {
  const fresh = await createDatabase('empty')
  const open = async () => openEngine({ sql: await openPostgres(fresh), regions: ['fra'], log: built.log })
  const opened = await Promise.allSettled([open(), open(), open()])
  expect(opened.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
  await Promise.all(opened.map(async (each) => each.status === 'fulfilled' && each.value.close()))
})
