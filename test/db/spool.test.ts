import { randomUUID } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Plan } from '../../src/core/plan.ts'
import { configuredProviders } from '../../src/registry/configure.ts'
import type { RunEvent } from '../../src/run/events.ts'
import { execute } from '../../src/run/execute.ts'
import type { RunParts } from '../../src/run/parts.ts'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { replaySpool } from '../../src/store/replay.ts'
import { withRetry } from '../../src/store/retry.ts'
import { countSpool, openSpool } from '../../src/store/spool.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { type Store, StoreError } from '../../src/store/store.ts'
import { type Bridge, openBridge } from '../support/bridge.ts'
import { createDatabase } from '../support/databases.ts'
import { samplePlan, sampleResult } from '../support/samples.ts'

const { providers } = configuredProviders({ OPENAI_API_KEY: 'sk-a' })
let bridge: Bridge
let direct: Sql
let store: Store
let dir: string
beforeAll(async () => {
  const url = await createDatabase('migrated')
  bridge = await openBridge(url)
  direct = await openPostgres(url)
  const noPause = { sleep: () => Promise.resolve(), random: () => 0 }
  store = createSqlStore(await openPostgres(bridge.url), (call) => withRetry(call, noPause))
})
afterAll(async () => {
  await store.close()
  await direct.close()
  await bridge.close()
})
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'firsttoken-spool-'))
})
afterEach(() => {
  bridge.mend()
  rmSync(dir, { recursive: true, force: true })
})

/** Runs a plan; `before` is told the number of each probe before it is made. */
async function run(
  plan: Plan,
  before: (number: number) => void,
  more: Partial<RunParts> = {},
): Promise<RunEvent[]> {
  let number = 0
  let now = 0
  const parts: RunParts = {
    store,
    clock: { now: () => now, date: () => new Date() },
    random: Math.random,
    uuid: randomUUID,
    sleep: (ms) => Promise.resolve((now += ms)),
    providers,
    owner: 'worker',
    region: 'local',
    budget: null,
    whenUnreachable: { spool: openSpool(dir) },
    deadline: null,
    startBy: 30_000,
    stop: new AbortController().signal,
    measure: ({ model }) => {
      number += 1
      before(number)
      const probe = plan.probes.find(({ target }) => target.model === model)
      if (probe === undefined) throw new Error(`${model} is not planned`)
      return Promise.resolve(sampleResult(plan, probe))
    },
    ...more,
  }
  const events: RunEvent[] = []
  for await (const event of execute(plan, parts)) events.push(event)
  return events
}
const typesOf = (events: RunEvent[]) =>
  events.map(({ type }) => type).filter((type) => type !== 'probe_started')
const replay = () => replaySpool(dir, store.deliver)
const factsOf = async (plan: Plan) =>
  (
    await direct.query(
      `select r.status, r.n_succeeded, r.n_skipped, count(b.id)::int as results, count(distinct b.probe_id)::int as probes, count(t.result_id)::int as timelines
        from runs r left join benchmark_results b on b.run_id = r.id left join timelines t on t.result_id = b.id where r.id = $1 group by r.id`,
      [plan.id],
    )
  ).rows[0]
const whole = { status: 'finished', n_succeeded: 4, n_skipped: 0, results: 4, probes: 4, timelines: 4 }
const fourProbes = (more: Partial<Plan> = {}) => samplePlan(['a', 'b', 'c', 'd'], more)
const slotted = () => {
  const slot = new Date('2026-11-26T10:00:00Z')
  return fourProbes({
    schedule: `s-${randomUUID()}`,
    slot,
    lateAt: new Date(Date.now() + 900_000),
    trigger: 'cron',
  })
}

test.each([
  ['in the middle', 2, 'probe_recorded probe_spooled probe_spooled probe_spooled'],
  ['at the last probe', 4, 'probe_recorded probe_recorded probe_recorded probe_spooled'],
])(
  'a database that becomes unreachable %s loses nothing, and replay duplicates nothing',
  async (_, when, kinds) => {
    for (const plan of [fourProbes(), slotted()]) {
      const events = await run(plan, (number) => number === when && bridge.cut())
      expect(typesOf(events).slice(1, -1).join(' ')).toBe(kinds)
      expect(events.at(-1)).toMatchObject({ type: 'run_finished', run: { n_succeeded: 4 } })
      bridge.mend()
      expect(await replay()).toMatchObject({ files: 1, rejected: [], waiting: null })
      expect(await factsOf(plan)).toEqual(whole)
      expect(readdirSync(dir)).toEqual([])
      expect(await replay()).toMatchObject({ files: 0 })
    }
  },
)

test('if only one write fails, that result waits on disk and the run continues in the database', async () => {
  const plan = fourProbes()
  let calls = 0
  const flaky: Store = {
    ...store,
    recordResult: (result) => {
      calls += 1
      return calls === 2 ? Promise.reject(new StoreError('timeout', 'too slow')) : store.recordResult(result)
    },
  }
  const events = await run(plan, () => undefined, { store: flaky })
  expect(typesOf(events)).toEqual([
    'run_started',
    'probe_recorded',
    'probe_spooled',
    'probe_recorded',
    'probe_recorded',
    'run_finished',
  ])
  await replay()
  expect(await factsOf(plan)).toEqual(whole)
})

test('a manual run continues while the database is unreachable, and replay delivers all its results', async () => {
  const plan = fourProbes()
  bridge.cut()
  const events = await run(plan, () => undefined)
  expect(typesOf(events)).toEqual([
    'run_started',
    'probe_spooled',
    'probe_spooled',
    'probe_spooled',
    'probe_spooled',
    'run_finished',
  ])
  bridge.mend()
  expect(await replay()).toMatchObject({ delivered: 6 })
  expect(await factsOf(plan)).toEqual(whole)
})

test('a scheduled run waits 30 s for the database, probes nothing, and is recorded as missed', async () => {
  const plan = slotted()
  bridge.cut()
  let probed = 0
  const events = await run(plan, () => (probed += 1))
  expect(events).toMatchObject([{ type: 'run_missed', run: { id: plan.id, slot: plan.slot?.toISOString() } }])
  expect(probed).toBe(0)
  bridge.mend()
  await replay()
  const { rows } = await direct.query(
    'select status, status_reason, n_probes from runs where schedule = $1',
    [plan.schedule],
  )
  expect(rows).toEqual([
    {
      status: 'missed',
      status_reason: expect.stringContaining('the database was unreachable') as string,
      n_probes: 0,
    },
  ])
})

test('a scheduled run is made if its database comes back in time', async () => {
  const plan = slotted()
  bridge.cut()
  let now = 0
  const sleep = (ms: number) => {
    now += ms
    if (now > 10_000) bridge.mend()
    return Promise.resolve()
  }
  const events = await run(plan, () => undefined, {
    sleep,
    clock: { now: () => now, date: () => new Date() },
  })
  expect(events.at(-1)).toMatchObject({ type: 'run_finished', run: { status: 'finished', n_succeeded: 4 } })
})

test('while the database is unreachable a replay keeps everything, and a later one resumes', async () => {
  const plan = fourProbes()
  await run(plan, (number) => number === 2 && bridge.cut())
  const before = readdirSync(dir).map((name) => readFileSync(join(dir, name), 'utf8'))
  expect((await replay()).waiting).toBeInstanceOf(StoreError)
  expect(readdirSync(dir).map((name) => readFileSync(join(dir, name), 'utf8'))).toEqual(before)
  bridge.mend()
  await Promise.all([replay(), replay()])
  expect(await factsOf(plan)).toEqual(whole)
  expect(readdirSync(dir)).toEqual([])
})

test('a file that one process left unfinished is delivered by the next; a line that was cut off is set aside', async () => {
  const plan = fourProbes()
  await run(plan, (number) => number === 2 && bridge.cut())
  bridge.mend()
  const name = `${plan.id}.ndjson`
  const text = readFileSync(join(dir, name), 'utf8')
  rmSync(join(dir, name))
  writeFileSync(join(dir, `${plan.id}.1764150000000-0badcafe.ndjson`), `${text}{"name":"record_res`)
  expect(await replay()).toMatchObject({
    files: 1,
    rejected: [{ reason: expect.stringContaining('cut off') as string }],
  })
  expect(await factsOf(plan)).toEqual(whole)
  expect(readdirSync(dir)).toEqual([`${name}.rejected`])
})

test('calls that a run adds during a delivery are kept, whether it succeeds or not', async () => {
  const spool = openSpool(dir)
  const call = (n: number) => ({ name: 'record_result', input: { n } }) as const
  const delivered: unknown[] = []
  spool.add('r', call(1))
  const flaky = await replaySpool(dir, async () => {
    spool.add('r', call(2))
    spool.add('r', call(3))
    throw new StoreError('unavailable', 'away again')
  })
  expect(flaky.waiting?.message).toBe('away again')
  const deliver = async ({ input }: { input: Record<string, unknown> }) => void delivered.push(input['n'])
  expect(await replaySpool(dir, deliver)).toMatchObject({ files: 2, delivered: 3, rejected: [] })
  expect(delivered).toEqual([1, 2, 3])
  expect(readdirSync(dir)).toEqual([])
})

test('a torn line costs no other line', async () => {
  writeFileSync(join(dir, 'r.ndjson'), '{"name":"record_res')
  openSpool(dir).add('r', { name: 'finish_run', input: { n: 1 } })
  const delivered: string[] = []
  const replayed = await replaySpool(dir, async ({ name }) => void delivered.push(name))
  expect(replayed).toMatchObject({ files: 1, delivered: 1 })
  expect(replayed.rejected).toHaveLength(1)
  expect(delivered).toEqual(['finish_run'])
})

test('an unreadable file is reported and does not keep others from being delivered', async () => {
  mkdirSync(join(dir, 'a.ndjson'))
  openSpool(dir).add('b', { name: 'finish_run', input: {} })
  expect(await replaySpool(dir, () => Promise.resolve())).toMatchObject({
    delivered: 1,
    rejected: [{ file: join(dir, 'a.ndjson'), reason: 'it is not a file' }],
  })
  expect(countSpool(dir)).toEqual({ waiting: 1, rejected: 0, firstRejected: null })
  writeFileSync(join(dir, 'file'), '')
  expect((await replaySpool(join(dir, 'file'), () => Promise.resolve())).rejected).toMatchObject([
    { reason: expect.stringContaining('ENOTDIR') as string },
  ])
})

test('under a budget nothing is called while the database is unreachable', async () => {
  const budget = { usdPerDay: 100, usdPerMonth: null, maxPricePerM: null }
  const plan = fourProbes()
  const events = await run(plan, (number) => number === 2 && bridge.cut(), { budget })
  expect(typesOf(events)).toEqual(['run_started', 'probe_recorded', 'probe_spooled', 'run_finished'])
  bridge.mend()
  await replay()
  expect(await factsOf(plan)).toMatchObject({ status: 'finished', n_succeeded: 2, n_skipped: 2, results: 2 })
  const { rows } = await direct.query(
    'select distinct skip_reason from probes where run_id = $1 and status = $2',
    [plan.id, 'skipped'],
  )
  expect(rows).toEqual([{ skip_reason: 'budget' }])
  bridge.cut()
  await expect(run(fourProbes(), () => undefined, { budget })).rejects.toBeInstanceOf(StoreError)
  bridge.mend()
})

test('calls made while the database was unreachable count once as spent, on the day of the call', async () => {
  const spent = async () =>
    (await direct.query(`select coalesce(sum(usd), 0)::float8 as usd from spending where day = '2026-11-21'`))
      .rows[0]?.['usd']
  const before = Number(await spent())
  const plan = fourProbes()
  bridge.cut()
  const at = new Date('2026-11-21T23:59:00Z')
  const measure = ({ model }: { model: string }) => {
    const probe = plan.probes.find(({ target }) => target.model === model)
    if (probe === undefined) throw new Error(`${model} is not planned`)
    return Promise.resolve({ ...sampleResult(plan, probe), startedAt: at, chargedUsd: 0.25 })
  }
  await run(plan, () => undefined, { measure })
  bridge.mend()
  const names = readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), 'utf8')] as const)
  await replay()
  for (const [name, text] of names) writeFileSync(join(dir, name), text)
  await replay()
  expect(Number(await spent()) - before).toBeCloseTo(1, 9)
})

test('a spool that cannot be made is a clear error, and the whole result is in the event', async () => {
  writeFileSync(join(dir, 'taken'), '')
  const spool = openSpool(join(dir, 'taken', 'spool'))
  const plan = fourProbes()
  const events = await run(plan, (number) => number === 2 && bridge.cut(), {
    whenUnreachable: { spool },
  })
  const lost = events.filter((event) => event.type === 'probe_lost')
  expect(lost).toHaveLength(3)
  expect(lost[0]?.error.message).toMatch(
    /^nothing can be spooled to .*taken.*: ENOTDIR.* Free the disk or make the folder writable\.$/,
  )
  expect(lost[0]?.result).toMatchObject({ run_id: plan.id, success: true })
})

test.skipIf(!existsSync('/dev/full'))('a full disk is a clear error', () => {
  // Every write to this device fails as on a full disk.
  symlinkSync('/dev/full', join(dir, 'x.ndjson'))
  expect(() => openSpool(dir).add('x', { name: 'finish_run', input: {} })).toThrow(
    /nothing can be spooled to .*: ENOSPC.* Free the disk/,
  )
})

test('a run that is interrupted while the database is unreachable skips the rest, after replay too', async () => {
  const plan = fourProbes()
  const interrupt = new AbortController()
  const events = await run(
    plan,
    (number) => {
      if (number !== 2) return
      bridge.cut()
      interrupt.abort()
    },
    { stop: interrupt.signal },
  )
  expect(events.at(-1)).toMatchObject({
    type: 'run_finished',
    run: { status: 'cancelled', n_succeeded: 2, n_skipped: 2 },
  })
  bridge.mend()
  await replay()
  expect(await factsOf(plan)).toEqual({
    status: 'cancelled',
    n_succeeded: 2,
    n_skipped: 2,
    results: 2,
    probes: 2,
    timelines: 2,
  })
})
